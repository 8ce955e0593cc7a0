//! What the isolation auditor says of the database, and what members did.

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use tenancy_diesel::audit::{ObjectKind, Report};
use tenancy_diesel::prelude::*;
use time::OffsetDateTime;

use super::layout::{Tab, heading, moment, page};
use crate::App;
use crate::schema::activity;
use crate::web::{Answer, Conn, Member, Tx};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/audit", get(show))
}

/// A line of the log.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = activity, check_for_backend(Pg))]
pub(super) struct Entry {
    at: OffsetDateTime,
    actor: String,
    action: String,
    subject: String,
}

/// The newest lines of the log.
pub(super) async fn recent(conn: &mut Conn, lines: i64) -> QueryResult<Vec<Entry>> {
    activity::table
        .order((activity::at.desc(), activity::id))
        .limit(lines)
        .select(Entry::as_select())
        .load(conn)
        .await
}

async fn show(State(app): State<App>, member: Member, mut tx: Tx) -> Answer<Markup> {
    let log = recent(tx.conn().await?, 100).await?;
    drop(tx);
    let report = app.audit().report().await?;
    Ok(view(&member, &report, &log))
}

fn view(member: &Member, report: &Report, log: &[Entry]) -> Markup {
    // A flaw of the server is mended by an update of the server; what this application set up is sound.
    let (of_server, of_ours): (Vec<_>, Vec<_>) = report
        .errors()
        .partition(|finding| finding.object.kind == ObjectKind::Server);
    let (class, verdict) = match (of_ours.is_empty(), of_server.is_empty()) {
        (false, _) => ("error", "Something is wrong"),
        (true, false) => ("warning", "Kept apart, on a server that needs an update"),
        (true, true) => ("good", "Kept apart"),
    };
    let content = html! {
        (heading(
            "Audit",
            Some("Whether the database keeps your rows to yourselves, and what members did with them."),
            html! {},
        ))
        section.panel aria-labelledby="isolation" {
            header {
                h2 #isolation { "Isolation" }
                span class={ "badge " (class) } { (verdict) }
            }
            p {
                (report.asked.len()) " rules were asked about " (report.tables.len())
                " tables. " (of_ours.len()) " errors were found."
            }
            @if !report.findings.is_empty() {
                details.reveal {
                    summary { "Findings (" (report.findings.len()) ")" }
                    ul.rows {
                        @for finding in &report.findings {
                            li {
                                span class={ "badge " (finding.severity.name()) } { (finding.severity.name()) }
                                div.grow { (finding.rule.title()) small { code { (finding.rule.id()) } " " (finding.evidence) } }
                            }
                        }
                    }
                }
            }
        }
        section.panel aria-labelledby="log" {
            h2 #log { "Activity" }
            (log_view(log))
        }
    };
    page(member, Tab::Audit, "Audit", content)
}

pub(super) fn log_view(log: &[Entry]) -> Markup {
    html! {
        @if log.is_empty() { p.empty { "Nothing has happened yet." } }
        ul.log {
            @for entry in log {
                li {
                    span { strong { (entry.actor) } " " (entry.action) " " (entry.subject) }
                    (moment(entry.at))
                }
            }
        }
    }
}
