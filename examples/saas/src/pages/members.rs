//! The members of an organisation and their roles, and invitations.

use axum::Router;
use axum::extract::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use diesel::pg::Pg;
use diesel_async::RunQueryDsl;
use maud::{Markup, html};
use serde::Deserialize;
use tenancy_diesel::prelude::*;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use super::form::line;
use super::layout::{Tab, alert, avatar, day, heading, page};
use crate::accounts::Token;
use crate::schema::{invitations, members};
use crate::web::{Answer, Conn, Failure, Id, Member, Tx};
use crate::{App, Role};

/// How long an invitation can be taken up.
const INVITATION: Duration = Duration::days(7);

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/members", get(list))
        .route("/members/invite", post(invite))
        .route("/members/{member}/role", post(change_role))
        .route("/members/{member}/remove", post(remove))
        .route("/invitations/{invitation}/withdraw", post(withdraw))
}

#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = members, check_for_backend(Pg))]
struct Row {
    id: Uuid,
    name: String,
    email: String,
    role: Role,
    joined_at: OffsetDateTime,
}

#[derive(Debug, Queryable, Selectable, TenantScoped)]
#[diesel(table_name = invitations, check_for_backend(Pg))]
struct Invited {
    id: Uuid,
    name: String,
    email: String,
    role: Role,
    expires_at: OffsetDateTime,
}

/// Everybody by name, to choose from.
pub(super) async fn names(conn: &mut Conn) -> QueryResult<Vec<(Uuid, String)>> {
    members::table
        .order((members::name, members::id))
        .select((members::id, members::name))
        .load(conn)
        .await
}

async fn list(member: Member, mut tx: Tx) -> Answer<Markup> {
    show(&member, tx.conn().await?, None, None).await
}

async fn show(
    member: &Member,
    conn: &mut Conn,
    message: Option<&str>,
    link: Option<&str>,
) -> Answer<Markup> {
    let rows: Vec<Row> = members::table
        .order((members::name, members::id))
        .select(Row::as_select())
        .load(conn)
        .await?;
    let invited: Vec<Invited> = invitations::table
        .order((invitations::name, invitations::id))
        .select(Invited::as_select())
        .load(conn)
        .await?;
    Ok(view(member, &rows, &invited, message, link))
}

#[derive(Deserialize)]
struct Invite {
    name: String,
    email: String,
    role: Role,
}

async fn invite(member: Member, mut tx: Tx, Form(form): Form<Invite>) -> Answer {
    member.require(Role::Admin)?;
    let conn = tx.conn().await?;
    let name = line(&form.name, 80);
    let email = line(&form.email, 200).filter(|email| email.contains('@'));
    let (Some(name), Some(email), Role::Member | Role::Admin) = (name, email, form.role) else {
        let message = "An invitation has a name, an address and a role that can be given.";
        let page = show(&member, conn, Some(message), None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    };
    let email = email.to_lowercase();
    let known = members::table
        .filter(members::email.eq(&email))
        .count()
        .get_result::<i64>(conn)
        .await?;
    if known > 0 {
        let message = "Somebody with this address is a member already.";
        let page = show(&member, conn, Some(message), None).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let token = Token::generate().map_err(|error| error.to_string())?;
    // A new invitation takes the place of an old one.
    delete(invitations::table.filter(invitations::email.eq(&email)))
        .execute(conn)
        .await?;
    insert_into(invitations::table)
        .values((
            invitations::name.eq(name),
            invitations::email.eq(&email),
            invitations::role.eq(form.role),
            invitations::token_hash.eq(token.hash().as_bytes()),
            invitations::expires_at.eq(OffsetDateTime::now_utc() + INVITATION),
        ))
        .execute(conn)
        .await?;
    member.log(conn, "invited", name).await?;
    // An application sends this link to the address, and to nobody else: whoever has it is taken for its owner.
    let link = format!("/join/{}", token.expose());
    Ok(show(&member, conn, None, Some(&link))
        .await?
        .into_response())
}

async fn withdraw(member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let conn = tx.conn().await?;
    let invited: Invited = invitations::table
        .find(id)
        .select(Invited::as_select())
        .first(conn)
        .await?;
    member.require(Role::Admin)?;
    delete(&invited).execute(conn).await?;
    member
        .log(conn, "withdrew the invitation of", &invited.name)
        .await?;
    Ok(Redirect::to(&member.at("/members")).into_response())
}

async fn find(conn: &mut Conn, id: Uuid) -> QueryResult<Row> {
    members::table
        .find(id)
        .select(Row::as_select())
        .first(conn)
        .await
}

/// What an admin may do to a member: nothing to an owner, and nothing to oneself.
fn may_manage(member: &Member, other: &Row) -> bool {
    member.role >= Role::Admin && other.role < Role::Owner && other.id != member.id
}

#[derive(Deserialize)]
struct NewRole {
    role: Role,
}

async fn change_role(member: Member, Id(id): Id, mut tx: Tx, Form(form): Form<NewRole>) -> Answer {
    let conn = tx.conn().await?;
    let other = find(conn, id).await?;
    if !may_manage(&member, &other) || form.role == Role::Owner {
        return Err(Failure::Forbidden);
    }
    update(&other)
        .set(members::role.eq(form.role))
        .execute(conn)
        .await?;
    let subject = format!("{} to {}", other.name, form.role.label());
    member.log(conn, "changed the role of", &subject).await?;
    Ok(Redirect::to(&member.at("/members")).into_response())
}

async fn remove(member: Member, Id(id): Id, mut tx: Tx) -> Answer {
    let conn = tx.conn().await?;
    let other = find(conn, id).await?;
    if !may_manage(&member, &other) {
        return Err(Failure::Forbidden);
    }
    // A trigger ends the membership in `accounts` with the row.
    delete(&other).execute(conn).await?;
    member.log(conn, "removed", &other.name).await?;
    Ok(Redirect::to(&member.at("/members")).into_response())
}

fn view(
    member: &Member,
    rows: &[Row],
    invited: &[Invited],
    message: Option<&str>,
    link: Option<&str>,
) -> Markup {
    let is_admin = member.role >= Role::Admin;
    let content = html! {
        (heading("Members", Some("Who works here, and what each may do."), html! {}))
        @if let Some(link) = link {
            section.panel role="status" {
                h2 { "The invitation is ready" }
                p { "Send this link to the address that you invited. It is shown once, and works for seven days." }
                code.secret { (link) }
            }
        }
        section.panel aria-label="Members" {
            ul.rows { @for row in rows { (row_view(member, row)) } }
        }
        @if !invited.is_empty() {
            section.panel aria-labelledby="invited" {
                h2 #invited { "Invited" }
                ul.rows {
                    @for row in invited {
                        li {
                            (avatar(&row.name))
                            div.grow { (row.name) small { (row.email) ", until " (day(row.expires_at.date())) } }
                            span class={ "badge " (row.role.as_str()) } { (row.role.label()) }
                            @if is_admin {
                                form method="post" action=(member.at(&format!("/invitations/{}/withdraw", row.id))) {
                                    button.quiet.slim { "Withdraw" span.hidden { " the invitation of " (row.name) } }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if is_admin { (invite_view(member, message)) }
    };
    page(member, Tab::Members, "Members", content)
}

fn row_view(member: &Member, row: &Row) -> Markup {
    let at = |path: &str| member.at(&format!("/members/{}{path}", row.id));
    html! {
        li {
            (avatar(&row.name))
            div.grow {
                (row.name) @if row.id == member.id { " (you)" }
                small { (row.email) }
                small { "since " (day(row.joined_at.date())) }
            }
            @if may_manage(member, row) {
                div.managing {
                    form method="post" action=(at("/role")) {
                        select.slim name="role" aria-label={ "Role of " (row.name) } {
                            @for role in [Role::Member, Role::Admin] {
                                option value=(role.as_str()) selected[role == row.role] { (role.label()) }
                            }
                        }
                        button.quiet.slim { "Change" span.hidden { " the role of " (row.name) } }
                    }
                    form method="post" action=(at("/remove")) {
                        button.danger.slim { "Remove" span.hidden { " " (row.name) } }
                    }
                }
            } @else {
                span class={ "badge " (row.role.as_str()) } { (row.role.label()) }
            }
        }
    }
}

fn invite_view(member: &Member, message: Option<&str>) -> Markup {
    html! {
        section.panel aria-labelledby="invite" {
            h2 #invite { "Invite somebody" }
            (alert(message))
            form.stack method="post" action=(member.at("/members/invite")) {
                div.two {
                    label { "Name" input name="name" maxlength="80" required; }
                    label { "E-mail address" input type="email" name="email" maxlength="200" required; }
                    label { "Role" select name="role" {
                        @for role in [Role::Member, Role::Admin] {
                            option value=(role.as_str()) { (role.label()) }
                        }
                    } }
                }
                div { button { "Invite" } }
            }
        }
    }
}
