//! The organisations that somebody belongs to, and new ones.

use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_diesel::prelude::*;

use super::layout::{alert, avatar, card};
use crate::accounts::{self, Account, Membership};
use crate::schema::{activity, members, organisations};
use crate::web::{Answer, Failure, SignedIn};
use crate::{App, BoxError, OrgId, Role};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/organisations", get(list))
        .route("/organisations/new", get(form).post(create))
}

async fn list(State(app): State<App>, user: SignedIn) -> Answer<Markup> {
    let mut conn = app.pool().shared().await?;
    let mine = accounts::organisations(&mut conn, &user.session).await?;
    Ok(list_view(&user.account, &mine))
}

async fn form(_: SignedIn) -> Markup {
    form_view(None, "", "")
}

#[derive(Deserialize)]
struct New {
    name: String,
    slug: String,
}

async fn create(State(app): State<App>, user: SignedIn, Form(form): Form<New>) -> Answer {
    let (name, slug) = (form.name.trim(), form.slug.trim());
    let again = |message| {
        let page = form_view(Some(message), name, slug);
        Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
    };
    if name.is_empty() || name.len() > 80 {
        return again("The name has 1 to 80 characters.");
    }
    if !is_slug(slug) {
        return again(
            "The address has 3 to 40 small letters, digits and single hyphens between them.",
        );
    }
    match found(&app, &user.account, name, slug).await {
        Ok(_) => Ok(Redirect::to(&format!("/o/{slug}")).into_response()),
        Err(FoundingError::Taken) => again("This address is taken."),
        Err(FoundingError::Failed(error)) => Err(Failure::Broken(error)),
    }
}

/// Why an organisation could not be founded.
#[derive(Debug)]
pub(crate) enum FoundingError {
    /// Another organisation has the address.
    Taken,
    /// Something is broken.
    Failed(BoxError),
}

impl<E: Into<BoxError>> From<E> for FoundingError {
    fn from(error: E) -> Self {
        FoundingError::Failed(error.into())
    }
}

/// Founds an organisation: its keys, its row, its first member.
pub(crate) async fn found(
    app: &App,
    account: &Account,
    name: &str,
    slug: &str,
) -> Result<OrgId, FoundingError> {
    let org = OrgId::random();
    // Without keys the organisation would get no scope from the pool.
    app.keyring().create_tenant(&org).await?;
    let founded = app
        .pool()
        .with_scope(org, async |conn| {
            insert_into(organisations::table)
                .values((organisations::slug.eq(slug), organisations::name.eq(name)))
                .execute(conn)
                .await?;
            insert_into(members::table)
                .values((
                    members::user_id.eq(account.user_id),
                    members::name.eq(&account.name),
                    members::email.eq(&account.email),
                    members::role.eq(Role::Owner),
                ))
                .execute(conn)
                .await?;
            insert_into(activity::table)
                .values((
                    activity::actor.eq(&account.name),
                    activity::action.eq("founded"),
                    activity::subject.eq(name),
                ))
                .execute(conn)
                .await?;
            Ok::<_, tenancy_diesel::pool::Error>(())
        })
        .await;
    match founded {
        Ok(()) => Ok(org),
        Err(error) => {
            // Keys of nobody would stay for good.
            app.keyring().shred(&org).await?;
            match is_taken(&error) {
                true => Err(FoundingError::Taken),
                false => Err(error.into()),
            }
        }
    }
}

fn is_taken(error: &tenancy_diesel::pool::Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error};
    matches!(
        error,
        tenancy_diesel::pool::Error::Query(Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            _
        ))
    )
}

/// What the table's CHECK asks for.
fn is_slug(slug: &str) -> bool {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (3..=40).contains(&slug.len())
        && slug.chars().all(plain)
        && !slug.starts_with('-')
        && !slug.ends_with('-')
        && !slug.contains("--")
}

fn list_view(account: &Account, mine: &[Membership]) -> Markup {
    card(
        "Your organisations",
        html! {
            div {
                h1 { "Your organisations" }
                p.muted { "Signed in as " (account.email) }
            }
            @if mine.is_empty() {
                p.empty { "You belong to no organisation yet." }
            } @else {
                ul.choices {
                    @for membership in mine {
                        li { a href={ "/o/" (membership.slug) } {
                            (avatar(&membership.name)) (membership.name)
                        } }
                    }
                }
            }
            div.row {
                a.button.quiet href="/organisations/new" { "New organisation" }
                form method="post" action="/sign-out" { button.quiet { "Sign out" } }
            }
        },
    )
}

fn form_view(message: Option<&str>, name: &str, slug: &str) -> Markup {
    card(
        "New organisation",
        html! {
            h1 { "New organisation" }
            (alert(message))
            form.stack method="post" {
                label { "Name" input name="name" value=(name) maxlength="80" required autofocus; }
                label { "Address"
                    input name="slug" value=(slug) minlength="3" maxlength="40" pattern="[a-z0-9]+(-[a-z0-9]+)*" required;
                    small { "The part behind /o/: small letters, digits and hyphens." }
                }
                div.row {
                    button { "Create it" }
                    a href="/organisations" { "Back" }
                }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::is_slug;

    #[test]
    fn a_slug_is_what_an_address_can_hold() {
        for slug in ["acme", "a-b", "42-things"] {
            assert!(is_slug(slug), "{slug}");
        }
        for slug in [
            "", "ab", "-ab", "ab-", "a--b", "Acme", "a/b", "a b", "../x", "acmé",
        ] {
            assert!(!is_slug(slug), "{slug}");
        }
    }
}
