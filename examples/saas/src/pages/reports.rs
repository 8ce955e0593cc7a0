//! Reports, which a job writes in the background.

use axum::Router;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use tenancy_diesel::jobs;
use tenancy_diesel::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::icons::{Icon, icon};
use super::layout::{Tab, heading, moment, page, page_in_progress};
use crate::App;
use crate::report::{self, WriteReport};
use crate::schema::reports;
use crate::text_enum::Progress;
use crate::web::{Answer, Failure, Id, Member, Tx};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/reports", get(list).post(request))
        .route("/reports/{report}", get(show))
}

#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = reports, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    status: Progress,
    requested_by: String,
    requested_at: OffsetDateTime,
    finished_at: Option<OffsetDateTime>,
    result: Option<String>,
}

async fn list(member: Member, mut tx: Tx) -> Answer<Markup> {
    let rows: Vec<Row> = reports::table
        .order((reports::requested_at.desc(), reports::id))
        .limit(50)
        .select(Row::as_select())
        .load(tx.conn().await?)
        .await?;
    Ok(list_view(&member, &rows))
}

/// The row and the job are written in one transaction: there is no report without a job, and no job for a report that
/// was rolled back.
async fn request(member: Member, mut tx: Tx) -> Answer {
    let conn = tx.conn().await?;
    let id: Uuid = insert_into(reports::table)
        .values(reports::requested_by.eq(&member.name))
        .returning(reports::id)
        .get_result(conn)
        .await?;
    jobs::enqueue(conn, &WriteReport { report: id })
        .await
        .map_err(|error| Failure::Broken(error.into()))?;
    member.log(conn, "asked for", "a report").await?;
    Ok(Redirect::to(&member.at(&format!("/reports/{id}"))).into_response())
}

async fn show(member: Member, Id(id): Id, mut tx: Tx) -> Answer<Markup> {
    let row: Row = reports::table
        .find(id)
        .select(Row::as_select())
        .first(tx.conn().await?)
        .await?;
    Ok(view(&member, &row))
}

fn badge(status: Progress) -> Markup {
    html! { span class={ "badge " (status.as_str()) } { (status.label()) } }
}

fn list_view(member: &Member, rows: &[Row]) -> Markup {
    let ask = html! {
        form method="post" { button { "New report" } }
    };
    let content = html! {
        (heading("Reports", Some("How your projects are doing, counted in the background."), ask))
        section.panel aria-label="Reports" {
            @if rows.is_empty() { p.empty { "Nobody has asked for one yet." } }
            ul.rows {
                @for row in rows {
                    li {
                        (icon(Icon::Chart))
                        div.grow {
                            a href=(member.at(&format!("/reports/{}", row.id))) { "Report of " (moment(row.requested_at)) }
                            small { "for " (row.requested_by) }
                        }
                        (badge(row.status))
                    }
                }
            }
        }
    };
    page(member, Tab::Reports, "Reports", content)
}

fn view(member: &Member, row: &Row) -> Markup {
    let lines = report::read(row.result.as_deref().unwrap_or_default());
    let content = html! {
        nav.crumbs aria-label="Where you are" { a href=(member.at("/reports")) { "Reports" } }
        (heading("Report", None, badge(row.status)))
        section.panel aria-label="Result" {
            p.muted {
                "Asked for by " (row.requested_by) ", " (moment(row.requested_at)) "."
                @if let Some(at) = row.finished_at { " Finished " (moment(at)) "." }
            }
            @if row.status == Progress::Queued {
                p role="status" { "It is being counted. This page looks again by itself." }
            } @else if row.status == Progress::Failed {
                p { "It could not be counted. Ask for another one." }
            } @else {
                div.scroll { table {
                    thead { tr {
                        th { "Project" } th.number { "To do" } th.number { "In progress" } th.number { "Done" } th.number { "Late" }
                    } }
                    tbody { @for line in &lines {
                        tr { td { (line.project) } @for number in line.numbers { td.number { (number) } } }
                    } }
                } }
            }
        }
    };
    if row.status == Progress::Queued {
        page_in_progress(member, Tab::Reports, "Report", content)
    } else {
        page(member, Tab::Reports, "Report", content)
    }
}
