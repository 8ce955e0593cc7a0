//! Accounts and sessions: what has to be known before a tenant is known.
//!
//! The application's role cannot read the tables behind this. It calls functions of the schema `accounts`, each of
//! which answers one question about one address or one session.

mod password;
mod token;

pub use password::{Passwords, TooLong};
pub use token::{Token, TokenHash};

use std::time::Duration;

use diesel::sql_types::{Binary, Double, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use tenancy_diesel::bb8::Lease;
use tenancy_diesel::pool::{Error as PoolError, SharedConn};
use uuid::Uuid;

use crate::ids::OrgId;
use crate::schema::TenantPool;

/// A connection on behalf of no tenant.
type Conn = SharedConn<Lease, OrgId>;

/// After this time a session has to be opened anew.
pub const SESSION: Duration = Duration::from_secs(12 * 60 * 60);

/// Who is signed in.
#[derive(Debug, Clone, QueryableByName)]
pub struct Account {
    /// The id of the account, which is the same in all organisations.
    #[diesel(sql_type = SqlUuid)]
    pub user_id: Uuid,
    /// The name that the account was opened with.
    #[diesel(sql_type = Text)]
    pub name: String,
    /// The address that the account signs in with.
    #[diesel(sql_type = Text)]
    pub email: String,
}

/// An organisation in the list of those that an account belongs to.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Membership {
    /// Its part of addresses: `/o/{slug}`.
    #[diesel(sql_type = Text)]
    pub slug: String,
    /// Its name.
    #[diesel(sql_type = Text)]
    pub name: String,
}

#[derive(QueryableByName)]
struct Credentials {
    #[diesel(sql_type = SqlUuid)]
    user_id: Uuid,
    #[diesel(sql_type = Text)]
    password_hash: String,
}

#[derive(QueryableByName)]
struct MaybeId {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    id: Option<Uuid>,
}

/// The account at an address, if this is its password.
///
/// An unknown address costs the same time as a wrong password, and has the same answer. No connection is held while
/// the password is compared: many who guess at once would take them all.
///
/// # Errors
/// When the database cannot be asked.
pub async fn verify(
    pool: &TenantPool,
    passwords: &Passwords,
    email: &str,
    password: String,
) -> Result<Option<Uuid>, PoolError> {
    let mut conn = pool.shared().await?;
    let found: Vec<Credentials> = sql_query("SELECT * FROM accounts.credentials($1)")
        .bind::<Text, _>(email)
        .load(&mut conn)
        .await?;
    drop(conn);
    let (id, hash) = match found.into_iter().next() {
        Some(found) => (Some(found.user_id), Some(found.password_hash)),
        None => (None, None),
    };
    let matches = passwords.verify(password, hash).await;
    Ok(id.filter(|_| matches))
}

/// Opens an account. `None` where the address has one.
///
/// # Errors
/// When the database cannot be asked.
pub async fn sign_up(
    conn: &mut Conn,
    email: &str,
    name: &str,
    password_hash: &str,
) -> QueryResult<Option<Uuid>> {
    let row: MaybeId = sql_query("SELECT accounts.sign_up($1, $2, $3) AS id")
        .bind::<Text, _>(email)
        .bind::<Text, _>(name)
        .bind::<Text, _>(password_hash)
        .get_result(conn)
        .await?;
    Ok(row.id)
}

/// Opens a session, whose token goes into a cookie.
///
/// The token is always a new one, so nobody can have planted it in the browser before.
///
/// # Errors
/// When the database cannot be asked.
pub async fn open_session(conn: &mut Conn, user_id: Uuid, token: &Token) -> QueryResult<()> {
    sql_query("SELECT accounts.open_session($1, $2, $3)")
        .bind::<Binary, _>(token.hash().as_bytes())
        .bind::<SqlUuid, _>(user_id)
        .bind::<Double, _>(SESSION.as_secs_f64())
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session. A copy of its cookie is worth nothing afterwards.
///
/// # Errors
/// When the database cannot be asked.
pub async fn close_session(conn: &mut Conn, session: &TokenHash) -> QueryResult<()> {
    sql_query("SELECT accounts.close_session($1)")
        .bind::<Binary, _>(session.as_bytes())
        .execute(conn)
        .await?;
    Ok(())
}

/// Who holds a session, if it has not ended.
///
/// # Errors
/// When the database cannot be asked.
pub async fn signed_in(conn: &mut Conn, session: &TokenHash) -> QueryResult<Option<Account>> {
    let found: Vec<Account> = sql_query("SELECT * FROM accounts.signed_in($1)")
        .bind::<Binary, _>(session.as_bytes())
        .load(conn)
        .await?;
    Ok(found.into_iter().next())
}

/// The organisations of whoever holds a session.
///
/// # Errors
/// When the database cannot be asked.
pub async fn organisations(conn: &mut Conn, session: &TokenHash) -> QueryResult<Vec<Membership>> {
    sql_query("SELECT * FROM accounts.organisations($1)")
        .bind::<Binary, _>(session.as_bytes())
        .load(conn)
        .await
}

/// The organisation at a slug, if whoever holds the session belongs to it. It is the only way to the id of an
/// organisation for somebody who is signed in.
///
/// # Errors
/// When the database cannot be asked.
pub async fn entry(conn: &mut Conn, session: &TokenHash, slug: &str) -> QueryResult<Option<OrgId>> {
    let row: MaybeId = sql_query("SELECT accounts.entry($1, $2) AS id")
        .bind::<Binary, _>(session.as_bytes())
        .bind::<Text, _>(slug)
        .get_result(conn)
        .await?;
    Ok(row.id.map(OrgId::of_database))
}

/// The organisation that an invitation leads to.
///
/// # Errors
/// When the database cannot be asked.
pub async fn invited(conn: &mut Conn, invitation: &TokenHash) -> QueryResult<Option<OrgId>> {
    let row: MaybeId = sql_query("SELECT accounts.invited($1) AS id")
        .bind::<Binary, _>(invitation.as_bytes())
        .get_result(conn)
        .await?;
    Ok(row.id.map(OrgId::of_database))
}
