//! One project: its tasks on a board.

use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Extension, Router};
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_diesel::prelude::*;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::form::{line, optional_day, optional_id};
use super::layout::{Tab, alert, avatar, day, heading, page, people};
use super::members::names;
use super::projects::{Project, progress_image};
use crate::schema::{members, tasks};
use crate::web::{Answer, Conn, Id, Member, Tx};
use crate::{App, Role, Status};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/projects/{project}", get(show))
        .route("/projects/{project}/tasks", post(create))
}

/// A task on the board.
#[derive(Queryable)]
struct Ticket {
    id: Uuid,
    title: String,
    status: Status,
    due_on: Option<Date>,
    assignee: Option<String>,
}

async fn show(member: Member, Id(id): Id, mut tx: Tx) -> Answer<Markup> {
    board(&member, tx.conn().await?, id, None).await
}

async fn board(
    member: &Member,
    conn: &mut Conn,
    id: Uuid,
    message: Option<&str>,
) -> Answer<Markup> {
    let project = Project::find(conn, id).await?;
    let tickets: Vec<Ticket> = tasks::table
        .left_join(members::table)
        .filter(tasks::project_id.eq(id))
        .order((tasks::due_on.asc().nulls_last(), tasks::title, tasks::id))
        .select((
            tasks::id,
            tasks::title,
            tasks::status,
            tasks::due_on,
            members::name.nullable(),
        ))
        .load(conn)
        .await?;
    let names = names(conn).await?;
    Ok(view(member, &project, &tickets, &names, message))
}

#[derive(Deserialize)]
struct New {
    title: String,
    #[serde(deserialize_with = "optional_id")]
    assignee: Option<Uuid>,
    #[serde(deserialize_with = "optional_day")]
    due_on: Option<Date>,
}

async fn create(member: Member, Id(project): Id, mut tx: Tx, Form(form): Form<New>) -> Answer {
    let conn = tx.conn().await?;
    let Some(title) = line(&form.title, 160) else {
        let message = "A task has a title of 1 to 160 characters.";
        let page = board(&member, conn, project, Some(message)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    // The foreign keys would refuse another organisation's project and member. Asked here, they are not found.
    Project::find(conn, project).await?;
    exists(conn, form.assignee).await?;
    insert_into(tasks::table)
        .values((
            tasks::project_id.eq(project),
            tasks::title.eq(title),
            tasks::assignee_id.eq(form.assignee),
            tasks::due_on.eq(form.due_on),
        ))
        .execute(conn)
        .await?;
    member.log(conn, "added task", title).await?;
    let stale = Extension(member.progress_of(project));
    let board = member.at(&format!("/projects/{project}"));
    Ok((stale, Redirect::to(&board)).into_response())
}

/// `NotFound` for an id that no member of the organisation has.
pub(crate) async fn exists(conn: &mut Conn, member: Option<Uuid>) -> QueryResult<()> {
    if let Some(id) = member {
        let found = members::table.find(id).select(members::id);
        found.first::<Uuid>(conn).await?;
    }
    Ok(())
}

fn view(
    member: &Member,
    project: &Project,
    tickets: &[Ticket],
    names: &[(Uuid, String)],
    message: Option<&str>,
) -> Markup {
    let at = |path: &str| member.at(&format!("/projects/{}{path}", project.id));
    let content = html! {
        nav.crumbs aria-label="Where you are" {
            a href=(member.at("/projects")) { "Projects" } span aria-hidden="true" { "/" } span { (project.name) }
        }
        (heading(&project.name, Some(&project.description), progress_image(member, project)))
        details.panel.reveal open[message.is_some() || tickets.is_empty()] {
            summary { "New task" }
            (alert(message))
            form.stack method="post" action=(at("/tasks")) {
                label { "Title" input name="title" maxlength="160" required; }
                div.two {
                    label { "Assigned to" select name="assignee" { (people(names, None)) } }
                    label { "Due" input type="date" name="due_on"; }
                }
                div { button { "Add task" } }
            }
        }
        div.board {
            @for &status in Status::ALL {
                @let lane: Vec<&Ticket> = tickets.iter().filter(|ticket| ticket.status == status).collect();
                section.lane aria-label=(status.label()) {
                    h2 { (status.label()) span { (lane.len()) } }
                    @for ticket in lane { (ticket_view(member, ticket)) }
                }
            }
        }
        @if member.role >= Role::Admin {
            details.reveal {
                summary { "Delete this project" }
                form.actions method="post" action=(at("/delete")) {
                    p.muted { "Its tasks, comments and files go with it." }
                    button.danger.slim { "Delete " (project.name) }
                }
            }
        }
    };
    page(member, Tab::Projects, &project.name, content)
}

fn ticket_view(member: &Member, ticket: &Ticket) -> Markup {
    let today = OffsetDateTime::now_utc().date();
    let is_late = |due| due < today && ticket.status != Status::Done;
    html! {
        article.ticket {
            a href=(member.at(&format!("/tasks/{}", ticket.id))) { (ticket.title) }
            div.ticket-foot {
                span {
                    @if let Some(due) = ticket.due_on {
                        @if is_late(due) { span.badge.late { "was due " (day(due)) } }
                        @else { (day(due)) }
                    }
                }
                @if let Some(name) = &ticket.assignee {
                    span { span.hidden { "Assigned to " (name) } (tiny(name)) }
                }
            }
        }
    }
}

fn tiny(name: &str) -> Markup {
    html! { span.tiny-avatar title=(name) { (avatar(name)) } }
}
