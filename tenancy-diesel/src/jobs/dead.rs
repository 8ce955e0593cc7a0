use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use tenancy_core::CanonicalTenant;
use tenancy_core::jobs::JobId;

use super::fixed::{Bind, fixed};
use super::{Queue, QueueError};

/// A job that is not run any more: it was forged, has expired, or failed too often.
///
/// It is as sealed as it was. What it says of itself is authentic unless `failure` says that it was changed or made
/// up; somebody who can insert into the queue can write a tenant's name on a forged one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The identity of the job.
    pub id: JobId,
    /// Its kind.
    pub kind: String,
    /// Whose job it says it is. Nothing when no tenant can have what it says for an id.
    pub tenant: Option<CanonicalTenant>,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it is dead. Without values.
    pub failure: String,
    /// Since when.
    pub dead_since: SystemTime,
}

type Row = (Vec<u8>, String, Vec<u8>, i64, Option<String>, i64);

impl Queue {
    /// The latest dead letters, the newest first.
    ///
    /// # Errors
    /// [`QueueError`] when the queue cannot be asked.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, QueueError> {
        let statement = fixed::<(Binary, Text, Binary, BigInt, Nullable<Text>, BigInt)>(
            "SELECT decode(replace(id::text, '-', ''), 'hex'), kind, tenant, attempts::int8, failure,
                 (extract(epoch FROM dead_at) * 1000)::int8
             FROM tenancy.jobs WHERE dead_at IS NOT NULL
             ORDER BY dead_at DESC, id LIMIT ?",
        );
        let mut conn = self.connection().await?;
        let rows: Vec<Row> = statement
            .binds([Bind::Number(limit.into())])
            .load(&mut conn)
            .await
            .map_err(QueueError::Query)?;
        rows.into_iter().map(letter).collect()
    }
}

fn letter(row: Row) -> Result<DeadLetter, QueueError> {
    let (id, kind, tenant, attempts, failure, since) = row;
    let malformed = || QueueError::Malformed;
    let since = u64::try_from(since).map_err(|_| malformed())?;
    let tenant = String::from_utf8(tenant).ok();
    Ok(DeadLetter {
        id: JobId::from_bytes(id.try_into().map_err(|_| malformed())?),
        kind,
        tenant: tenant.and_then(|tenant| CanonicalTenant::from_text(&tenant).ok()),
        attempts: u32::try_from(attempts).map_err(|_| malformed())?,
        failure: failure.unwrap_or_default(),
        dead_since: UNIX_EPOCH + Duration::from_millis(since),
    })
}
