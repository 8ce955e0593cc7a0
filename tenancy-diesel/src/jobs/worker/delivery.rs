use std::ops::Deref;
use std::time::SystemTime;

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use tenancy_core::encryption::TenantKeys;
use tenancy_core::jobs::{Envelope, Job, JobError, JobId, TenantJob};

use super::super::fixed::{Bind, fixed};
use super::Ending;
use crate::{AsyncScopeConnection, Scoped, SqlTenantId};

/// A job that is to be run now: authentic, due, and of the tenant of the scope that comes with it.
///
/// It derefs to the job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<T> {
    job: T,
    id: JobId,
    attempt: u32,
    expires_at: Option<SystemTime>,
}

impl<T> Delivery<T> {
    /// The identity of the job, the same in all its attempts.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// The number of this attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// When the job may run no more.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// The job.
    pub fn into_inner(self) -> T {
        self.job
    }

    /// Marks the job as done, in the transaction of the scope, and says whether it was not before.
    ///
    /// A job may be run more than once, because its worker can be lost after the work is committed and before the
    /// queue knows. In one transaction with the mark, the work is done once: of two attempts at the same time the
    /// second waits for the first.
    ///
    /// ```no_run
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../../doc/setup.rs");
    /// # use diesel_async::{AsyncConnection, RunQueryDsl};
    /// use tenancy_diesel::bb8::Lease;
    /// use tenancy_diesel::jobs::{Delivery, Failure};
    /// # #[derive(serde::Serialize, serde::Deserialize)]
    /// # struct AddTask;
    ///
    /// async fn add(job: Delivery<AddTask>, conn: &mut schema::Scoped<Lease>) -> Result<(), Failure> {
    ///     conn.transaction(async |conn| {
    ///         if job.once(conn).await? {
    ///             insert_into(projects::table)
    ///                 .values((projects::id.eq(Uuid::from_u128(1)), projects::name.eq("house")))
    ///                 .execute(conn)
    ///                 .await?;
    ///         }
    ///         QueryResult::Ok(())
    ///     })
    ///     .await?;
    ///     Ok(())
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the server answers.
    pub async fn once<C, Id>(&self, scope: &mut Scoped<C, Id>) -> diesel::QueryResult<bool>
    where
        C: AsyncScopeConnection,
        Id: SqlTenantId,
    {
        let (id, tenant) = (self.id.to_string(), scope.tenant().canonical());
        let expires = self.expires_at.map_or(0, millis);
        let mark = fixed::<BigInt>(
            "INSERT INTO tenancy.jobs_done (id, tenant, expires_at)
             VALUES (?::uuid, ?, pg_catalog.to_timestamp(nullif(?, 0)::float8 / 1000))
             ON CONFLICT DO NOTHING",
        )
        .binds([
            Bind::Text(&id),
            Bind::Bytes(tenant.as_bytes()),
            Bind::Number(expires),
        ]);
        Ok(mark.execute(scope).await? > 0)
    }
}

impl<T: Job> Delivery<T> {
    pub(in crate::jobs) fn open(
        job: &TenantJob<T>,
        keys: &TenantKeys,
        attempt: u32,
        now: SystemTime,
    ) -> Result<Self, JobError> {
        Ok(Delivery {
            job: job.open(keys, now)?,
            id: job.envelope().id(),
            attempt,
            expires_at: job.envelope().expires_at(),
        })
    }
}

impl<T> Deref for Delivery<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.job
    }
}

fn millis(time: SystemTime) -> i64 {
    let since = time
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// A job as it came from the queue.
pub(super) struct Arrived<'r> {
    pub(super) envelope: &'r Envelope,
    pub(super) attempt: u32,
    /// By the clock of the server, which has found it due.
    pub(super) now: SystemTime,
}

impl Arrived<'_> {
    /// Opens the job with the keys of the scope.
    pub(super) fn open<T, C, Id>(self, scope: &Scoped<C, Id>) -> Result<Delivery<T>, Ending>
    where
        T: Job,
        C: AsyncScopeConnection,
        Id: SqlTenantId,
    {
        let keys = scope.keys();
        let keys = keys.ok_or_else(|| Ending::Retry("the scope has no keys".to_owned()))?;
        let job = TenantJob::<T>::of(self.envelope.clone())?;
        Ok(Delivery::open(&job, keys, self.attempt, self.now)?)
    }
}
