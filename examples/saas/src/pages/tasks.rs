//! One task: what it is about, what was said, and its files.

use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Extension, Router};
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_diesel::prelude::*;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::board::exists;
use super::files::{Attachment, attached, files_view};
use super::form::{line, optional_day, optional_id, prose};
use super::layout::{Tab, alert, avatar, heading, moment, page, people};
use super::members::names;
use super::projects::Project;
use crate::schema::{attachments, comments, tasks};
use crate::web::{Answer, Conn, Id, Member, Tx};
use crate::{App, Status};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/tasks/{task}", get(show).post(change))
        .route("/tasks/{task}/comments", post(comment))
        .route("/tasks/{task}/delete", post(remove))
}

#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = tasks, check_for_backend(Pg))]
pub(crate) struct Task {
    pub(crate) id: Uuid,
    pub(crate) project_id: Uuid,
    assignee_id: Option<Uuid>,
    pub(crate) title: String,
    description: String,
    status: Status,
    due_on: Option<Date>,
    created_at: OffsetDateTime,
}

impl Task {
    /// The task, if it is the organisation's.
    pub(crate) async fn find(conn: &mut Conn, id: Uuid) -> QueryResult<Self> {
        tasks::table
            .find(id)
            .select(Task::as_select())
            .first(conn)
            .await
    }
}

/// A task with everything around it.
struct Whole {
    task: Task,
    project: Project,
    comments: Vec<(String, String, OffsetDateTime)>,
    files: Vec<Attachment>,
    names: Vec<(Uuid, String)>,
}

impl Whole {
    async fn load(conn: &mut Conn, id: Uuid) -> QueryResult<Self> {
        let task = Task::find(conn, id).await?;
        Ok(Whole {
            project: Project::find(conn, task.project_id).await?,
            comments: comments::table
                .filter(comments::task_id.eq(id))
                .order((comments::created_at, comments::id))
                .select((comments::author, comments::body, comments::created_at))
                .load(conn)
                .await?,
            files: attached(conn, id).await?,
            names: names(conn).await?,
            task,
        })
    }
}

async fn show(member: Member, Id(id): Id, mut tx: Tx) -> Answer<Markup> {
    let whole = Whole::load(tx.conn().await?, id).await?;
    Ok(view(&member, &whole, None))
}

/// The task with a message about a form that was not taken.
pub(super) async fn show_again(
    member: &Member,
    conn: &mut Conn,
    id: Uuid,
    message: &str,
) -> Answer {
    let page = view(member, &Whole::load(conn, id).await?, Some(message));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Deserialize)]
struct Change {
    title: String,
    description: String,
    status: Status,
    #[serde(deserialize_with = "optional_id")]
    assignee: Option<Uuid>,
    #[serde(deserialize_with = "optional_day")]
    due_on: Option<Date>,
}

async fn change(member: Member, Id(id): Id, mut tx: Tx, Form(form): Form<Change>) -> Answer {
    let conn = tx.conn().await?;
    let (Some(title), Some(text)) = (line(&form.title, 160), prose(&form.description, 5_000))
    else {
        let message = "A task has a title of 1 to 160 characters.";
        return show_again(&member, conn, id, message).await;
    };
    let task = Task::find(conn, id).await?;
    exists(conn, form.assignee).await?;
    update(&task)
        .set((
            tasks::title.eq(title),
            tasks::description.eq(text),
            tasks::status.eq(form.status),
            tasks::assignee_id.eq(form.assignee),
            tasks::due_on.eq(form.due_on),
        ))
        .execute(conn)
        .await?;
    let action = match form.status {
        Status::Done if task.status != Status::Done => "finished task",
        _ => "changed task",
    };
    member.log(conn, action, title).await?;
    let stale = Extension(member.progress_of(task.project_id));
    Ok((stale, Redirect::to(&member.at(&format!("/tasks/{id}")))).into_response())
}

#[derive(Deserialize)]
struct Comment {
    body: String,
}

async fn comment(member: Member, Id(id): Id, mut tx: Tx, Form(form): Form<Comment>) -> Answer {
    let conn = tx.conn().await?;
    let Some(body) = prose(&form.body, 5_000).filter(|body| !body.is_empty()) else {
        return show_again(&member, conn, id, "A comment has 1 to 5000 characters.").await;
    };
    let task = Task::find(conn, id).await?;
    insert_into(comments::table)
        .values((
            comments::task_id.eq(task.id),
            comments::author_id.eq(member.id),
            comments::author.eq(&member.name),
            comments::body.eq(body),
        ))
        .execute(conn)
        .await?;
    member.log(conn, "commented on", &task.title).await?;
    Ok(Redirect::to(&member.at(&format!("/tasks/{id}#talk"))).into_response())
}

async fn remove(member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let conn = tx.conn().await?;
    let task = Task::find(conn, id).await?;
    let files = attachments::table
        .filter(attachments::task_id.eq(id))
        .select(attachments::id)
        .load(conn)
        .await?;
    delete(&task).execute(conn).await?;
    member.log(conn, "deleted task", &task.title).await?;
    let stale = Extension(member.progress_of(task.project_id));
    let board = member.at(&format!("/projects/{}", task.project_id));
    let contents = Extension(member.discarded(files));
    Ok((stale, contents, Redirect::to(&board)).into_response())
}

fn view(member: &Member, whole: &Whole, message: Option<&str>) -> Markup {
    let Whole { task, project, .. } = whole;
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            a href=(member.at("/projects")) { "Projects" } span aria-hidden="true" { "/" }
            a href=(member.at(&format!("/projects/{}", project.id))) { (project.name) }
        }
        (heading(&task.title, None, html! {
            span class={ "badge " (task.status.as_str()) } { (task.status.label()) }
        }))
        (alert(message))
        div.split {
            div.column {
                @if !task.description.is_empty() {
                    section.panel { p.prose { (task.description) } }
                }
                (files_view(member, task.id, &whole.files))
                (talk(member, whole))
            }
            (edit(member, whole))
        }
    };
    page(member, Tab::Projects, &task.title, content)
}

fn talk(member: &Member, whole: &Whole) -> Markup {
    let address = member.at(&format!("/tasks/{}/comments", whole.task.id));
    html! {
        section.panel #talk aria-label="Comments" {
            header { h2 { "Comments" } }
            @for (author, body, at) in &whole.comments {
                article.comment {
                    (avatar(author))
                    header { strong { (author) } (moment(*at)) }
                    p { (body) }
                }
            }
            form.stack method="post" action=(address) {
                label { "Your comment" textarea name="body" maxlength="5000" required {} }
                div { button { "Comment" } }
            }
        }
    }
}

fn edit(member: &Member, whole: &Whole) -> Markup {
    let task = &whole.task;
    let address = member.at(&format!("/tasks/{}", task.id));
    html! {
        aside.panel aria-label="Details" {
            form.stack method="post" action=(address) {
                label { "Title" input name="title" value=(task.title) maxlength="160" required; }
                label { "Status" select name="status" {
                    @for &status in Status::ALL {
                        option value=(status.as_str()) selected[status == task.status] { (status.label()) }
                    }
                } }
                label { "Assigned to" select name="assignee" { (people(&whole.names, task.assignee_id)) } }
                label { "Due" input type="date" name="due_on" value=[task.due_on.map(|day| day.to_string())]; }
                label { "What is to be done"
                    textarea name="description" maxlength="5000" { (task.description) }
                }
                button { "Save" }
            }
            form method="post" action={ (address) "/delete" } {
                button.danger.slim { "Delete this task" }
            }
            small.muted { "Added " (moment(task.created_at)) }
        }
    }
}
