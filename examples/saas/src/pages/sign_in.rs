//! Signing in and out.

use axum::Router;
use axum::extract::{Form, Query, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use maud::{Markup, html};
use serde::Deserialize;
use uuid::Uuid;

use super::layout::{alert, card};
use crate::App;
use crate::accounts::{self, Token};
use crate::web::{Answer, SignedIn, clear_session, is_local, session_cookie};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(Redirect::to("/organisations")))
        .route("/sign-in", get(form).post(sign_in))
        .route("/sign-out", post(sign_out))
}

#[derive(Deserialize)]
struct Next {
    /// Where to go afterwards.
    next: Option<String>,
}

async fn form(Query(Next { next }): Query<Next>) -> Markup {
    view(None, "", next.as_deref())
}

#[derive(Deserialize)]
struct SignIn {
    email: String,
    password: String,
    next: Option<String>,
}

async fn sign_in(
    State(app): State<App>,
    old: Option<SignedIn>,
    Form(form): Form<SignIn>,
) -> Answer {
    let email = form.email.trim();
    let Some(user) = accounts::verify(app.pool(), app.passwords(), email, form.password).await?
    else {
        // One answer, whether the address is unknown or the password is wrong.
        let message = "The address or the password is not right.";
        let page = view(Some(message), email, form.next.as_deref());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let next = form.next.filter(|next| is_local(next));
    let next = next.as_deref().unwrap_or("/organisations");
    open_session(&app, user, old.as_ref(), next).await
}

/// Gives the browser a new session in the place of the one that it had, and sends it on.
pub(super) async fn open_session(
    app: &App,
    user: Uuid,
    old: Option<&SignedIn>,
    next: &str,
) -> Answer {
    let token = Token::generate().map_err(|error| error.to_string())?;
    let mut conn = app.pool().shared().await?;
    if let Some(old) = old {
        accounts::close_session(&mut conn, &old.session).await?;
    }
    accounts::open_session(&mut conn, user, &token).await?;
    let cookie = session_cookie(&token, app.secure_cookies())?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(next)).into_response())
}

async fn sign_out(State(app): State<App>, old: Option<SignedIn>) -> Answer {
    if let Some(old) = old {
        let mut conn = app.pool().shared().await?;
        accounts::close_session(&mut conn, &old.session).await?;
    }
    let headers: [(HeaderName, HeaderValue); 2] = [
        (header::SET_COOKIE, clear_session(app.secure_cookies())?),
        // What the browser has kept of pages goes as well.
        (
            HeaderName::from_static("clear-site-data"),
            HeaderValue::from_static("\"cache\""),
        ),
    ];
    let response: Response = (headers, Redirect::to("/sign-in")).into_response();
    Ok(response)
}

fn view(message: Option<&str>, email: &str, next: Option<&str>) -> Markup {
    card(
        "Sign in",
        html! {
            h1 { "Sign in" }
            (alert(message))
            form.stack method="post" action="/sign-in" {
                @if let Some(next) = next { input type="hidden" name="next" value=(next); }
                label { "E-mail address"
                    input type="email" name="email" value=(email) autocomplete="username" required autofocus;
                }
                label { "Password"
                    input type="password" name="password" autocomplete="current-password" required;
                }
                button { "Sign in" }
            }
        },
    )
}
