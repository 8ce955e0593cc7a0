//! The projects of an organisation.

use axum::extract::{Form, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Extension, Router};
use diesel::dsl::count_star;
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_core::cache::Lookup;
use tenancy_diesel::prelude::*;
use uuid::Uuid;

use super::form::{line, prose};
use super::layout::{Tab, alert, heading, page};
use crate::schema::{attachments, projects, tasks};
use crate::web::{Answer, Conn, Failure, Id, Member, Tx};
use crate::{App, Role, Status};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects", get(list).post(create))
        .route("/projects/{project}/progress.svg", get(progress))
        .route("/projects/{project}/delete", post(remove))
}

#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = projects, check_for_backend(Pg))]
pub(crate) struct Project {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    pub(crate) description: String,
}

impl Project {
    /// The project, if it is the organisation's.
    pub(crate) async fn find(conn: &mut Conn, id: Uuid) -> QueryResult<Self> {
        projects::table
            .find(id)
            .select(Project::as_select())
            .first(conn)
            .await
    }
}

async fn list(member: Member, mut tx: Tx) -> Answer<Markup> {
    Ok(list_view(&member, &all(tx.conn().await?).await?, None))
}

async fn all(conn: &mut Conn) -> QueryResult<Vec<Project>> {
    projects::table
        .order((projects::name, projects::id))
        .select(Project::as_select())
        .load(conn)
        .await
}

#[derive(Deserialize)]
struct New {
    name: String,
    description: String,
}

async fn create(member: Member, mut tx: Tx, Form(form): Form<New>) -> Answer {
    let conn = tx.conn().await?;
    let (Some(name), Some(description)) = (line(&form.name, 80), prose(&form.description, 2_000))
    else {
        let message = "A project has a name of 1 to 80 characters.";
        let page = list_view(&member, &all(conn).await?, Some(message));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let id: Uuid = insert_into(projects::table)
        .values((
            projects::name.eq(name),
            projects::description.eq(description),
        ))
        .returning(projects::id)
        .get_result(conn)
        .await?;
    member.log(conn, "created project", name).await?;
    Ok(Redirect::to(&member.at(&format!("/projects/{id}"))).into_response())
}

async fn remove(member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let conn = tx.conn().await?;
    let project = Project::find(conn, id).await?;
    member.require(Role::Admin)?;
    let files = attachments::table
        .inner_join(tasks::table)
        .filter(tasks::project_id.eq(id))
        .select(attachments::id)
        .load(conn)
        .await?;
    delete(&project).execute(conn).await?;
    member.log(conn, "deleted project", &project.name).await?;
    let stale = Extension(member.progress_of(id));
    let contents = Extension(member.discarded(files));
    Ok((stale, contents, Redirect::to(&member.at("/projects"))).into_response())
}

/// How far a project is, as an image.
async fn progress(State(app): State<App>, member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let entry = member.progress_of(id);
    let image = match entry.look_up(app.cache()).await {
        Ok(Lookup::Hit(image)) => image,
        Ok(Lookup::Miss(vacancy)) => {
            let image = draw(tx.conn().await?, id).await?;
            let kept = vacancy.fill(&image).await;
            kept.map_err(|error| Failure::Broken(error.into()))?;
            image.into()
        }
        Err(error) => return Err(Failure::Broken(error.into())),
    };
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], image).into_response())
}

async fn draw(conn: &mut Conn, id: Uuid) -> Result<String, Failure> {
    Project::find(conn, id).await?;
    let counts: Vec<(Status, i64)> = tasks::table
        .filter(tasks::project_id.eq(id))
        .group_by(tasks::status)
        .select((tasks::status, count_star()))
        .load(conn)
        .await?;
    Ok(bar(&counts).into_string())
}

/// A bar of three colours, which are those of the style sheet. It is as wide as its place, and its text is not.
fn bar(counts: &[(Status, i64)]) -> Markup {
    let of = |wanted| {
        let found = counts.iter().find(|(status, _)| *status == wanted);
        found.map_or(0, |(_, count)| *count)
    };
    let (done, doing, todo) = (of(Status::Done), of(Status::Doing), of(Status::Todo));
    let all = (done + doing + todo).max(1);
    let width = |count: i64| format!("{}%", count * 100 / all);
    html! {
        svg xmlns="http://www.w3.org/2000/svg" width="100%" height="24" role="img" {
            title { (done) " of " (done + doing + todo) " tasks done" }
            style {
                "text{font:11px system-ui,sans-serif;fill:#5a6478}.t{fill:#dde1ea}.i{fill:#3056d3}.d{fill:#1a7446}\
                 @media(prefers-color-scheme:dark){text{fill:#9ba7bb}.t{fill:#2b3445}.i{fill:#8fb0ff}.d{fill:#6fd39b}}"
            }
            clipPath id="r" { rect width="100%" height="6" rx="3" {} }
            g clip-path="url(#r)" {
                rect.t width="100%" height="6" {}
                rect.i width=(width(done + doing)) height="6" {}
                rect.d width=(width(done)) height="6" {}
            }
            text y="20" { (done) " of " (done + doing + todo) " done" }
        }
    }
}

/// A project in a list.
pub(crate) fn tile(member: &Member, project: &Project) -> Markup {
    let address = member.at(&format!("/projects/{}", project.id));
    html! {
        article.panel.tile {
            h2 { a href=(address) { (project.name) } }
            p { (project.description) }
            (progress_image(member, project))
        }
    }
}

pub(crate) fn progress_image(member: &Member, project: &Project) -> Markup {
    let address = member.at(&format!("/projects/{}/progress.svg", project.id));
    let text = format!("Progress of {}", project.name);
    html! { img.progress src=(address) alt=(text) width="240" height="24"; }
}

fn list_view(member: &Member, projects: &[Project], message: Option<&str>) -> Markup {
    let content = html! {
        (heading("Projects", Some("What your organisation works on."), html! {}))
        @if projects.is_empty() { p.empty { "There is no project yet. Begin with the first one." } }
        div.grid { @for project in projects { (tile(member, project)) } }
        details.panel.reveal open[message.is_some() || projects.is_empty()] {
            summary { "New project" }
            (alert(message))
            form.stack method="post" {
                label { "Name" input name="name" maxlength="80" required; }
                label { "What it is about" textarea name="description" maxlength="2000" {} }
                div { button { "Create project" } }
            }
        }
    };
    page(member, Tab::Projects, "Projects", content)
}
