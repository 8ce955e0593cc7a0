//! Taking an invitation up.

use axum::Router;
use axum::extract::{Form, Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::get;
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_diesel::prelude::*;
use uuid::Uuid;

use super::layout::{alert, card};
use super::sign_in::open_session;
use crate::accounts::{self, Token};
use crate::schema::{activity, invitations, members, organisations};
use crate::web::{Answer, Conn, Failure, SignedIn};
use crate::{App, OrgId, Role};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/join/{token}", get(form).post(join))
}

#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = invitations, check_for_backend(Pg))]
struct Invitation {
    id: Uuid,
    name: String,
    email: String,
    role: Role,
}

/// An invitation with the organisation that it is from.
struct Offer {
    org: OrgId,
    org_name: String,
    org_slug: String,
    invitation: Invitation,
}

/// Finds the invitation: first the organisation that it leads to, then the row in its scope.
async fn find(app: &App, token: &str) -> Answer<Offer> {
    let token = Token::parse(token).ok_or(Failure::NotFound)?;
    let mut conn = app.pool().shared().await?;
    let org = accounts::invited(&mut conn, &token.hash()).await?;
    drop(conn);
    let org = org.ok_or(Failure::NotFound)?;
    let mut conn = app.pool().scope(org).await?;
    let invitation = invitations::table
        .filter(invitations::token_hash.eq(token.hash().as_bytes()))
        .select(Invitation::as_select())
        .first(&mut conn)
        .await?;
    let (org_name, org_slug) = organisations::table
        .select((organisations::name, organisations::slug))
        .first(&mut conn)
        .await?;
    Ok(Offer {
        org,
        org_name,
        org_slug,
        invitation,
    })
}

async fn form(
    State(app): State<App>,
    user: Option<SignedIn>,
    Path(token): Path<String>,
) -> Answer<Markup> {
    let offer = find(&app, &token).await?;
    Ok(view(&offer, is_theirs(&offer, user.as_ref()), None))
}

fn is_theirs(offer: &Offer, user: Option<&SignedIn>) -> bool {
    user.is_some_and(|user| user.account.email == offer.invitation.email)
}

#[derive(Deserialize)]
struct Join {
    #[serde(default)]
    password: String,
}

async fn join(
    State(app): State<App>,
    user: Option<SignedIn>,
    Path(token): Path<String>,
    Form(form): Form<Join>,
) -> Answer {
    let offer = find(&app, &token).await?;
    let user_id = match user.as_ref().filter(|user| is_theirs(&offer, Some(user))) {
        Some(user) => user.account.user_id,
        None => match account(&app, &offer.invitation, form.password).await? {
            Ok(id) => id,
            Err(message) => {
                let page = view(&offer, false, Some(message));
                return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
            }
        },
    };
    let Invitation {
        id,
        name,
        email,
        role,
    } = &offer.invitation;
    app.pool()
        .with_scope(offer.org, async |conn: &mut Conn| {
            // Two clicks at once: the second finds no invitation any more.
            let taken = delete(invitations::table.find(*id)).execute(conn).await?;
            if taken == 0 {
                return Err(diesel::result::Error::NotFound.into());
            }
            insert_into(members::table)
                .values((
                    members::user_id.eq(user_id),
                    members::name.eq(name),
                    members::email.eq(email),
                    members::role.eq(*role),
                ))
                .execute(conn)
                .await?;
            insert_into(activity::table)
                .values((
                    activity::actor.eq(name),
                    activity::action.eq("joined"),
                    activity::subject.eq(&offer.org_name),
                ))
                .execute(conn)
                .await?;
            Ok::<_, tenancy_diesel::pool::Error>(())
        })
        .await?;
    let home = format!("/o/{}", offer.org_slug);
    open_session(&app, user_id, user.as_ref(), &home).await
}

/// The account of the invited address: the one that it has, if this is its password, or a new one.
async fn account(
    app: &App,
    invitation: &Invitation,
    password: String,
) -> Answer<Result<Uuid, &'static str>> {
    if password.chars().count() < 10 || password.len() > 1_000 {
        return Ok(Err("A password has at least 10 characters."));
    }
    let hash = app.passwords().hash(password.clone()).await?;
    let mut conn = app.pool().shared().await?;
    let Invitation { name, email, .. } = invitation;
    if let Some(id) = accounts::sign_up(&mut conn, email, name, &hash).await? {
        return Ok(Ok(id));
    }
    drop(conn);
    let known = accounts::verify(app.pool(), app.passwords(), email, password).await?;
    Ok(known.ok_or("This is not the password of your account."))
}

fn view(offer: &Offer, is_theirs: bool, message: Option<&str>) -> Markup {
    card(
        "Invitation",
        html! {
            h1 { "Join " (offer.org_name) }
            p { "You are invited as " (offer.invitation.email) "." }
            (alert(message))
            form.stack method="post" {
                @if !is_theirs {
                    label { "Password"
                        input type="password" name="password" minlength="10" required;
                        small { "The one of your account, or a new one if you have none yet." }
                    }
                }
                button { "Join" }
            }
        },
    )
}
