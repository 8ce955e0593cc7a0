//! The SQL, for both forms of the store. None of it is cached on the connection, and all names are
//! qualified.

use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::sql_types::{Array, BigInt, Bytea, Integer, Nullable, Text};
use tenancy_core::encryption::{CanonicalTenant, KeyRecord, TenantRecord, WrappedKey};

use super::error::KeyStoreError;
use super::rows::{DATA, INDEX};

pub(super) type Statement<'a> = BoxedSqlQuery<'a, Pg, SqlQuery>;

fn statement<'a>(sql: &str) -> Statement<'a> {
    diesel::sql_query(sql).into_boxed()
}

/// One row for each key, in one statement: both tables as of one moment.
pub(super) fn load(tenant: &CanonicalTenant) -> Statement<'_> {
    statement(
        "SELECT k.revision, k.shredded_at IS NOT NULL AS shredded, k.format, k.root, k.salt,
             k.memory_kib, k.passes, k.lanes, k.commitment, k.floor, k.lease_seconds,
             y.kind, y.number, y.state, y.wrapped
         FROM tenancy.tenancy_kek AS k
         LEFT JOIN tenancy.tenancy_keys AS y ON y.tenant = k.tenant
         WHERE k.tenant = $1
         ORDER BY y.kind, y.number",
    )
    .bind::<Text, _>(tenant.as_str())
}

/// Writes the tenant's row, if there is none. Of two transactions at once, the second waits for the
/// first.
pub(super) fn create<'a>(
    tenant: &'a CanonicalTenant,
    record: &'a TenantRecord,
) -> Result<Statement<'a>, KeyStoreError> {
    let insert = statement(
        "INSERT INTO tenancy.tenancy_kek (tenant, revision, format, root, salt, memory_kib, passes,
             lanes, commitment, floor, lease_seconds, shredded_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
             CASE WHEN $3 IS NULL THEN pg_catalog.now() END)
         ON CONFLICT (tenant) DO NOTHING",
    )
    .bind::<Text, _>(tenant.as_str())
    .bind::<BigInt, _>(revision(record.revision)?);
    Ok(bind_columns(insert, record.keys.as_ref()))
}

/// Changes the tenant's row, if it has the revision, and holds it until the end of the transaction.
pub(super) fn replace<'a>(
    tenant: &'a CanonicalTenant,
    expected: u64,
    record: &'a TenantRecord,
) -> Result<Statement<'a>, KeyStoreError> {
    let update = statement(
        "UPDATE tenancy.tenancy_kek SET revision = $2, format = $3, root = $4, salt = $5,
             memory_kib = $6, passes = $7, lanes = $8, commitment = $9, floor = $10,
             lease_seconds = $11,
             shredded_at = CASE WHEN $3 IS NULL
                 THEN coalesce(shredded_at, pg_catalog.now()) END
         WHERE tenant = $1 AND revision = $12",
    )
    .bind::<Text, _>(tenant.as_str())
    .bind::<BigInt, _>(revision(record.revision)?);
    Ok(bind_columns(update, record.keys.as_ref()).bind::<BigInt, _>(revision(expected)?))
}

/// Deletes the tenant's keys. Zeros over them first would only be one version of the rows more:
/// PostgreSQL never writes over a row in its place.
pub(super) fn delete_keys(tenant: &CanonicalTenant) -> Statement<'_> {
    statement("DELETE FROM tenancy.tenancy_keys WHERE tenant = $1").bind::<Text, _>(tenant.as_str())
}

pub(super) fn insert_keys<'a>(
    tenant: &'a CanonicalTenant,
    record: &'a TenantRecord,
) -> Option<Statement<'a>> {
    let keys = record.keys.as_ref()?;
    let all = || {
        let of =
            |kind: &'static str, keys: &'a [WrappedKey]| keys.iter().map(move |key| (kind, key));
        of(DATA, &keys.data).chain(of(INDEX, &keys.index))
    };
    let insert = statement(
        "INSERT INTO tenancy.tenancy_keys (tenant, kind, number, state, wrapped)
         SELECT $1, kind, number, state, wrapped
         FROM ROWS FROM (pg_catalog.unnest($2), pg_catalog.unnest($3), pg_catalog.unnest($4),
             pg_catalog.unnest($5)) AS k (kind, number, state, wrapped)",
    )
    .bind::<Text, _>(tenant.as_str())
    .bind::<Array<Text>, _>(all().map(|(kind, _)| kind).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(
        all()
            .map(|(_, key)| key.number.into())
            .collect::<Vec<i64>>(),
    )
    .bind::<Array<Text>, _>(all().map(|(_, key)| key.state.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Bytea>>, _>(
        all()
            .map(|(_, key)| key.wrapped.as_deref())
            .collect::<Vec<_>>(),
    );
    Some(insert)
}

/// A page of tenants, in the order of the bytes of their ids.
pub(super) fn tenants(after: Option<&CanonicalTenant>, limit: usize) -> Statement<'_> {
    statement(
        "SELECT tenant FROM tenancy.tenancy_kek
         WHERE $1 IS NULL OR tenant > $1 ORDER BY tenant LIMIT $2",
    )
    .bind::<Nullable<Text>, _>(after.map(CanonicalTenant::as_str))
    .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
}

/// `$3` to `$11`.
fn bind_columns<'a>(query: Statement<'a>, keys: Option<&'a KeyRecord>) -> Statement<'a> {
    let number = |of: fn(&KeyRecord) -> u32| keys.map(|keys| i64::from(of(keys)));
    query
        .bind::<Nullable<Integer>, _>(keys.map(|keys| i32::from(keys.format)))
        .bind::<Nullable<Text>, _>(keys.map(|keys| keys.root.as_str()))
        .bind::<Nullable<Bytea>, _>(keys.map(|keys| keys.salt.as_slice()))
        .bind::<Nullable<BigInt>, _>(number(|keys| keys.memory_kib))
        .bind::<Nullable<BigInt>, _>(number(|keys| keys.passes))
        .bind::<Nullable<BigInt>, _>(number(|keys| keys.lanes))
        .bind::<Nullable<Bytea>, _>(keys.map(|keys| keys.commitment.as_slice()))
        .bind::<Nullable<BigInt>, _>(number(|keys| keys.floor))
        .bind::<Nullable<BigInt>, _>(number(|keys| keys.lease_seconds))
}

fn revision(revision: u64) -> Result<i64, KeyStoreError> {
    i64::try_from(revision).map_err(|_| KeyStoreError::Malformed)
}
