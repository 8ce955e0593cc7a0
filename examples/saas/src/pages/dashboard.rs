//! The first page of an organisation.

use axum::Router;
use axum::routing::get;
use diesel::dsl::count_star;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use tenancy_diesel::prelude::*;
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::audit::{Entry, log_view, recent};
use super::layout::{Tab, day, heading, page};
use super::projects::{Project, tile};
use crate::schema::{members, projects, tasks};
use crate::web::{Answer, Conn, Member, Tx};
use crate::{App, Status};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/", get(dashboard))
}

async fn dashboard(member: Member, mut tx: Tx) -> Answer<Markup> {
    let conn = tx.conn().await?;
    let numbers = Numbers::count(conn).await?;
    let mine: Vec<Mine> = tasks::table
        .filter(tasks::assignee_id.eq(member.id))
        .filter(tasks::status.ne(Status::Done))
        .order((tasks::due_on.asc().nulls_last(), tasks::title))
        .limit(6)
        .select((tasks::id, tasks::title, tasks::status, tasks::due_on))
        .load(conn)
        .await?;
    let newest: Vec<Project> = projects::table
        .order((projects::created_at.desc(), projects::name))
        .limit(3)
        .select(Project::as_select())
        .load(conn)
        .await?;
    let log = recent(conn, 8).await?;
    Ok(view(&member, &numbers, &mine, &newest, &log))
}

/// A task of the member's own: its id, its title, where it is, when it is due.
type Mine = (Uuid, String, Status, Option<Date>);

struct Numbers {
    projects: i64,
    open: i64,
    done: i64,
    members: i64,
}

impl Numbers {
    async fn count(conn: &mut Conn) -> QueryResult<Self> {
        let by_status: Vec<(Status, i64)> = tasks::table
            .group_by(tasks::status)
            .select((tasks::status, count_star()))
            .load(conn)
            .await?;
        let sum = |done: bool| {
            let counted = by_status
                .iter()
                .filter(|(status, _)| (*status == Status::Done) == done);
            counted.map(|(_, count)| count).sum()
        };
        Ok(Numbers {
            projects: projects::table.count().get_result(conn).await?,
            open: sum(false),
            done: sum(true),
            members: members::table.count().get_result(conn).await?,
        })
    }
}

fn view(
    member: &Member,
    numbers: &Numbers,
    mine: &[Mine],
    newest: &[Project],
    log: &[Entry],
) -> Markup {
    let first_name = member.name.split(' ').next().unwrap_or_default();
    let content = html! {
        (heading(&format!("Good to see you, {first_name}"), None, html! {}))
        dl.numbers {
            @for (label, number) in [
                ("Projects", numbers.projects),
                ("Open tasks", numbers.open),
                ("Done", numbers.done),
                ("Members", numbers.members),
            ] {
                div { dt { (label) } dd { (number) } }
            }
        }
        div.split {
            div.column {
                (mine_view(member, mine))
                section aria-labelledby="newest" {
                    div.row {
                        h2 #newest { "Projects" }
                        a.small href=(member.at("/projects")) { "All projects" }
                    }
                    div.grid.below { @for project in newest { (tile(member, project)) } }
                }
            }
            section.panel aria-labelledby="log" {
                header { h2 #log { "Lately" } a.small href=(member.at("/audit")) { "All" } }
                (log_view(log))
            }
        }
    };
    page(member, Tab::Dashboard, "Home", content)
}

fn mine_view(member: &Member, mine: &[Mine]) -> Markup {
    let today = OffsetDateTime::now_utc().date();
    html! {
        section.panel aria-labelledby="mine" {
            header { h2 #mine { "Your open tasks" } }
            @if mine.is_empty() { p.empty { "Nothing is waiting for you." } }
            ul.rows {
                @for (id, title, status, due) in mine {
                    li {
                        div.grow { a href=(member.at(&format!("/tasks/{id}"))) { (title) } }
                        @if let Some(due) = due {
                            span.badge.late[*due < today] { "due " (day(*due)) }
                        }
                        span class={ "badge " (status.as_str()) } { (status.label()) }
                    }
                }
            }
        }
    }
}
