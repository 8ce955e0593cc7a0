//! The name of the organisation, and the tokens by which programs act for it.

use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_diesel::encryption::Encrypted;
use tenancy_diesel::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::form::line;
use super::layout::{Tab, alert, day, heading, page};
use crate::accounts::Token;
use crate::schema::{api_tokens, organisations};
use crate::web::{Answer, Conn, Id, Member, Tx};
use crate::{App, Role};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/settings", get(show).post(rename))
        .route("/settings/tokens", post(create))
        .route("/settings/tokens/{token}/revoke", post(revoke))
}

/// A token as the page shows it. The secret itself is not even read.
#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = api_tokens, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    name: String,
    last_four: String,
    created_by: String,
    created_at: OffsetDateTime,
}

/// What the page says back.
#[derive(Default)]
struct Said<'s> {
    message: Option<&'s str>,
    /// A token that was just made. It is shown this once.
    token: Option<&'s str>,
}

async fn show(member: Member, mut tx: Tx) -> Answer<Markup> {
    load(&member, tx.conn().await?, Said::default()).await
}

async fn load(member: &Member, conn: &mut Conn, said: Said<'_>) -> Answer<Markup> {
    let tokens: Vec<Row> = api_tokens::table
        .order((api_tokens::created_at, api_tokens::id))
        .select(Row::as_select())
        .load(conn)
        .await?;
    Ok(view(member, &tokens, &said))
}

async fn again(member: &Member, conn: &mut Conn, message: &str) -> Answer {
    let said = Said {
        message: Some(message),
        ..Said::default()
    };
    let page = load(member, conn, said).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

async fn rename(member: Member, mut tx: Tx, Form(form): Form<Name>) -> Answer {
    member.require(Role::Admin)?;
    let conn = tx.conn().await?;
    let Some(name) = line(&form.name, 80) else {
        return again(&member, conn, "The name has 1 to 80 characters.").await;
    };
    update(organisations::table)
        .set(organisations::name.eq(name))
        .execute(conn)
        .await?;
    member
        .log(conn, "renamed the organisation to", name)
        .await?;
    Ok(Redirect::to(&member.at("/settings")).into_response())
}

async fn create(member: Member, mut tx: Tx, Form(form): Form<Name>) -> Answer {
    member.require(Role::Admin)?;
    let conn = tx.conn().await?;
    let Some(name) = line(&form.name, 80) else {
        return again(&member, conn, "A token has a name of 1 to 80 characters.").await;
    };
    let token = Token::generate().map_err(|error| error.to_string())?;
    let secret = token.expose();
    let last_four = secret.get(secret.len() - 4..).unwrap_or_default();
    // Sealed on its way to the server, under a key of this organisation.
    insert_into(api_tokens::table)
        .values((
            api_tokens::name.eq(name),
            api_tokens::token.eq(Encrypted::new(secret.to_owned())),
            api_tokens::last_four.eq(last_four),
            api_tokens::created_by.eq(&member.name),
        ))
        .execute(conn)
        .await?;
    member.log(conn, "created API token", name).await?;
    let said = Said {
        token: Some(secret),
        ..Said::default()
    };
    Ok(load(&member, conn, said).await?.into_response())
}

async fn revoke(member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let conn = tx.conn().await?;
    let token: Row = api_tokens::table
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .await?;
    member.require(Role::Admin)?;
    delete(&token).execute(conn).await?;
    member.log(conn, "revoked API token", &token.name).await?;
    Ok(Redirect::to(&member.at("/settings")).into_response())
}

fn view(member: &Member, tokens: &[Row], said: &Said<'_>) -> Markup {
    let is_admin = member.role >= Role::Admin;
    let content = html! {
        (heading("Settings", None, html! {}))
        (alert(said.message))
        @if let Some(token) = said.token {
            section.panel role="status" {
                h2 { "The new token" }
                p { "Copy it now: it is not shown again." }
                code.secret { (token) }
            }
        }
        @if is_admin {
            section.panel aria-labelledby="name" {
                h2 #name { "Organisation" }
                form.stack method="post" {
                    label { "Name" input name="name" value=(member.org.name) maxlength="80" required; }
                    div { button.quiet { "Rename" } }
                }
            }
        }
        (tokens_view(member, tokens))
        @if is_admin {
            section.panel aria-labelledby="export" {
                h2 #export { "Export" }
                p { "Everything that belongs to your organisation, as one file." }
                div { a.button.quiet href=(member.at("/export")) { "Download the export" } }
            }
        }
        @if member.role == Role::Owner {
            section.panel.danger aria-labelledby="erase" {
                h2 #erase { "Erase the organisation" }
                p { "Projects, tasks, comments, files, members and keys, for good." }
                div { a.button.quiet href=(member.at("/erase")) { "Erase it" } }
            }
        }
    };
    page(member, Tab::Settings, "Settings", content)
}

fn tokens_view(member: &Member, tokens: &[Row]) -> Markup {
    let is_admin = member.role >= Role::Admin;
    html! {
        section.panel aria-labelledby="tokens" {
            header { h2 #tokens { "API tokens" } }
            p.muted { "Each signs the manifest of your exports, so that a program that takes one in can tell it is yours." }
            ul.rows {
                @for token in tokens {
                    li {
                        div.grow {
                            (token.name)
                            small { "by " (token.created_by) ", " (day(token.created_at.date())) }
                        }
                        code aria-label={ "ends with " (token.last_four) } { "····" (token.last_four) }
                        @if is_admin {
                            form method="post" action=(member.at(&format!("/settings/tokens/{}/revoke", token.id))) {
                                button.danger.slim { "Revoke" span.hidden { " " (token.name) } }
                            }
                        }
                    }
                }
            }
            @if tokens.is_empty() { p.empty { "There is none yet." } }
            @if is_admin {
                form.attach method="post" action=(member.at("/settings/tokens")) {
                    label { span.hidden { "Name of the new token" }
                        input name="name" placeholder="What it is for" maxlength="80" required;
                    }
                    button.quiet { "Create token" }
                }
            }
        }
    }
}
