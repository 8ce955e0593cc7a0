//! The rows of `tenancy.crossings`.

use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Nullable, Text};
use tracing::Level;

use super::error::Source;
use crate::observe;
use crate::purpose::Purpose;

/// What is about to happen.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event<'a> {
    Open,
    Read { statement: &'a str },
    Scope { tenant: &'a str },
}

/// The id of a crossing. The writer of the table cannot read it, so no INSERT can return one.
#[derive(diesel::QueryableByName)]
pub(super) struct Opening {
    #[diesel(sql_type = Text)]
    pub(super) id: String,
}

pub(super) const OPENING: &str = "SELECT pg_catalog.gen_random_uuid()::text AS id";

/// One row, in a transaction of its own. It is on disk before the answer comes, also where the server's
/// commits are asynchronous; a stronger setting is kept.
///
/// When, by which role and from where the row is written is left to the defaults of the table.
pub(super) fn insert<'a>(
    purpose: &'a Purpose,
    reader: &'a str,
    event: Event<'a>,
) -> BoxedSqlQuery<'a, Pg, SqlQuery> {
    let (kind, statement, tenant) = match event {
        Event::Open => ("open", None, None),
        Event::Read { statement } => ("read", Some(statement), None),
        Event::Scope { tenant } => ("scope", None, Some(tenant)),
    };
    diesel::sql_query(
        "INSERT INTO tenancy.crossings (opening, kind, actor, reason, reader, statement, tenant)
         SELECT $1::uuid, $2, $3, $4, $5, $6, $7
         FROM (SELECT CASE pg_catalog.current_setting('synchronous_commit') WHEN 'off'
             THEN pg_catalog.set_config('synchronous_commit', 'on', true) END OFFSET 0) AS durable",
    )
    .into_boxed()
    .bind::<Text, _>(&purpose.opening)
    .bind::<Text, _>(kind)
    .bind::<Text, _>(&purpose.actor)
    .bind::<Text, _>(&purpose.reason)
    .bind::<Text, _>(reader)
    .bind::<Nullable<Text>, _>(statement)
    .bind::<Nullable<Text>, _>(tenant)
}

/// One row was added, neither none nor several: a rule or a trigger of somebody else's could make it so.
pub(super) fn one(rows: usize) -> Result<(), Source> {
    match rows {
        1 => Ok(()),
        _ => Err("the table of records did not take the record".into()),
    }
}

/// Tells whoever listens, after the record has been committed. What a log has is read by more people than
/// the records are, so it has no literals.
pub(super) fn trace(purpose: &Purpose, reader: &str, event: Event<'_>) {
    if !tracing::event_enabled!(target: "tenancy::crossing", Level::INFO) {
        return;
    }
    let (message, statement, tenant) = match event {
        Event::Open => ("tenants are crossed", None, None),
        Event::Read { statement } => (
            "rows of all tenants are read",
            Some(observe::without_literals(statement)),
            None,
        ),
        Event::Scope { tenant } => ("a scope is opened from a crossing", None, Some(tenant)),
    };
    let Purpose {
        actor,
        reason,
        opening,
    } = purpose;
    tracing::info!(
        target: "tenancy::crossing",
        opening,
        actor,
        reason,
        reader,
        db.query.text = statement,
        tenancy.tenant = tenant,
        "{message}"
    );
}
