//! The end of an organisation.

use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_diesel::erasure::Report;

use super::layout::{Tab, alert, card, heading, page};
use crate::web::{Answer, Failure, Member, SignedIn, Tx};
use crate::{App, Role};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/erase", get(form).post(erase))
}

async fn form(member: Member) -> Answer<Markup> {
    member.require(Role::Owner)?;
    Ok(view(&member, None))
}

#[derive(Deserialize)]
struct Confirmation {
    slug: String,
}

async fn erase(
    State(app): State<App>,
    user: SignedIn,
    member: Member,
    tx: Tx,
    Form(form): Form<Confirmation>,
) -> Answer {
    member.require(Role::Owner)?;
    if form.slug.trim() != member.org.slug {
        let message = format!("Type {} to erase it.", member.org.slug);
        let page = view(&member, Some(&message));
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    drop(tx);
    let (org, by) = (member.org_id, user.account.email);
    // A task of its own: it goes on when the browser does not wait.
    let erased = tokio::spawn(async move { app.eraser().erase(&org, &by).await });
    let report = erased
        .await
        .map_err(|error| Failure::Broken(error.into()))??;
    Ok(gone(&member.org.name, &report).into_response())
}

fn view(member: &Member, message: Option<&str>) -> Markup {
    let content = html! {
        (heading(&format!("Erase {}", member.org.name), None, html! {}))
        section.panel.danger aria-label="Confirmation" {
            p { "This ends the organisation for all of its members. Its projects, tasks, comments and files are \
                 deleted, and the keys of its tokens are destroyed, so that backups cannot be read either." }
            p { "Nobody can undo it. " a href=(member.at("/export")) { "Download the export" } " first." }
            (alert(message))
            form.stack method="post" {
                label { "Type " (member.org.slug) " to confirm"
                    input name="slug" autocomplete="off" autocapitalize="none" spellcheck="false" required;
                }
                div.actions {
                    button.solid-danger { "Erase for good" }
                    a.button.quiet href=(member.at("/settings")) { "Keep it" }
                }
            }
        }
    };
    page(member, Tab::Settings, "Erase", content)
}

fn gone(name: &str, report: &Report) -> Markup {
    card(
        "Erased",
        html! {
            h1 { (name) " is erased" }
            div.scroll { table {
                thead { tr { th { "What" } th.number { "Erased" } } }
                tbody { @for step in &report.steps {
                    tr { td { (step.name) } td.number { (step.amount.items) } }
                } }
            } }
            p { a.button href="/organisations" { "To your organisations" } }
        },
    )
}
