use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::sql_types::{BigInt, Binary, Nullable, Text};
use diesel_async::RunQueryDsl;
use tenancy_core::CanonicalTenant;
use tenancy_core::jobs::{Envelope, JobId};

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
    /// Whose job it says it is.
    pub tenant: CanonicalTenant,
    /// How often it was tried.
    pub attempts: u32,
    /// Why it is dead. Without values.
    pub failure: String,
    /// Since when.
    pub dead_since: SystemTime,
}

type Row = (Vec<u8>, i64, Option<String>, i64);

impl Queue {
    /// The latest dead letters, the newest first.
    ///
    /// # Errors
    /// [`QueueError`] when the queue cannot be asked.
    pub async fn dead_letters(&self, limit: u32) -> Result<Vec<DeadLetter>, QueueError> {
        let statement = fixed::<(Binary, BigInt, Nullable<Text>, BigInt)>(
            "SELECT envelope, attempts::int8, failure,
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

fn letter((envelope, attempts, failure, since): Row) -> Result<DeadLetter, QueueError> {
    let envelope = Envelope::parse(envelope).map_err(|_| QueueError::Malformed)?;
    let since = u64::try_from(since).map_err(|_| QueueError::Malformed)?;
    Ok(DeadLetter {
        id: envelope.id(),
        kind: envelope.kind().to_owned(),
        tenant: envelope.tenant().clone(),
        attempts: u32::try_from(attempts).map_err(|_| QueueError::Malformed)?,
        failure: failure.unwrap_or_default(),
        dead_since: UNIX_EPOCH + Duration::from_millis(since),
    })
}
