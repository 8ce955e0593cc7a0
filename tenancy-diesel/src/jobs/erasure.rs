//! The queue as something that is erased for a tenant.

use diesel::sql_types::BigInt;
use diesel_async::RunQueryDsl;
use tenancy_core::erasure::{Amount, Target, TargetError};
use tenancy_core::{BoxFuture, CanonicalTenant};

use super::fixed::{Bind, fixed};
use super::{Queue, QueueError};

impl Queue {
    async fn amount(
        &self,
        sql: &'static str,
        tenant: &CanonicalTenant,
    ) -> Result<Amount, TargetError> {
        let statement = fixed::<(BigInt, BigInt)>(sql);
        let tenant = || Bind::Bytes(tenant.as_str().as_bytes());
        let mut conn = self.connection().await?;
        let (items, bytes): (i64, i64) = statement
            .binds([tenant(), tenant()])
            .get_result(&mut conn)
            .await
            .map_err(QueueError::Query)?;
        let number = |number| u64::try_from(number).map_err(|_| QueueError::Malformed);
        Ok(Amount::sized(number(items)?, number(bytes)?))
    }
}

/// Jobs that wait, run or are dead, and the marks of those that were done. Forged rows with the tenant's name
/// are among them.
///
/// A job that is running is not stopped by it; its worker notices within a third of its lease.
impl Target for Queue {
    fn name(&self) -> &str {
        "jobs"
    }

    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        let sql = "SELECT count(*)::int8, coalesce(sum(bytes), 0)::int8 FROM (
                 SELECT octet_length(envelope) AS bytes FROM tenancy.jobs WHERE tenant = ?
                 UNION ALL
                 SELECT 0 FROM tenancy.jobs_done WHERE tenant = ?
             ) AS held";
        Box::pin(self.amount(sql, tenant))
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        let sql = "WITH jobs AS (
                 DELETE FROM tenancy.jobs WHERE tenant = ? RETURNING octet_length(envelope) AS bytes
             ), done AS (
                 DELETE FROM tenancy.jobs_done WHERE tenant = ? RETURNING 0 AS bytes
             )
             SELECT count(*)::int8, coalesce(sum(bytes), 0)::int8
             FROM (SELECT bytes FROM jobs UNION ALL SELECT bytes FROM done) AS erased";
        Box::pin(self.amount(sql, tenant))
    }

    fn copies(&self) -> Vec<String> {
        vec![
            "deleted rows of the tables tenancy.jobs and tenancy.jobs_done, until VACUUM; their \
             write-ahead log, replicas and backups"
                .to_owned(),
        ]
    }
}
