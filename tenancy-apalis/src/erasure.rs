use std::fmt;

use sqlx::{PgPool, Row};
use tenancy_core::erasure::{Amount, Target, TargetError};
use tenancy_core::{BoxFuture, CanonicalTenant};

/// The tasks of apalis-postgres as something that is erased for a tenant, in all of its queues and states.
///
/// It goes by what stands in each sealed job, which is what a worker would run it as, and not by any tag beside it.
/// Tasks that are no sealed jobs are left alone.
#[derive(Clone)]
pub struct ApalisJobs(PgPool);

impl ApalisJobs {
    /// The tables `apalis.*` behind this pool, whose role must be able to delete from `apalis.jobs`.
    pub fn new(pool: PgPool) -> Self {
        ApalisJobs(pool)
    }

    async fn amount(
        &self,
        sql: &'static str,
        tenant: &CanonicalTenant,
    ) -> Result<Amount, TargetError> {
        let row = sqlx::query(sql)
            .bind(tenant.as_str().as_bytes())
            .fetch_one(&self.0)
            .await?;
        let number = |at| u64::try_from(row.try_get::<i64, _>(at)?).map_err(TargetError::from);
        Ok(Amount::sized(number(0)?, number(1)?))
    }
}

impl fmt::Debug for ApalisJobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApalisJobs").finish_non_exhaustive()
    }
}

/// Rows that hold a sealed job, as text in base64 within JSON, and the tenant in it. Nothing is decoded that is not
/// of this form: CASE is evaluated from its first branch on.
macro_rules! of_tenant {
    () => {
        "CASE WHEN encode(job, 'escape') ~ '^\"[+]g[A-Za-z0-9+/]{50,}=*\"$'
             AND (octet_length(job) - 2) % 4 = 0
         THEN substring(
             decode(trim(BOTH '\"' FROM encode(job, 'escape')), 'base64')
             FROM 37 + get_byte(decode(trim(BOTH '\"' FROM encode(job, 'escape')), 'base64'), 34)
             FOR get_byte(decode(trim(BOTH '\"' FROM encode(job, 'escape')), 'base64'), 35)
         ) END = $1"
    };
}

impl Target for ApalisJobs {
    fn name(&self) -> &str {
        "apalis"
    }

    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        let sql = concat!(
            "SELECT count(*)::int8, coalesce(sum(octet_length(job)), 0)::int8 FROM apalis.jobs WHERE ",
            of_tenant!()
        );
        Box::pin(self.amount(sql, tenant))
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        let sql = concat!(
            "WITH gone AS (DELETE FROM apalis.jobs WHERE ",
            of_tenant!(),
            " RETURNING octet_length(job) AS bytes)
             SELECT count(*)::int8, coalesce(sum(bytes), 0)::int8 FROM gone"
        );
        Box::pin(self.amount(sql, tenant))
    }

    fn copies(&self) -> Vec<String> {
        vec![
            "deleted rows of the table apalis.jobs, until VACUUM; its write-ahead log, replicas and backups"
                .to_owned(),
        ]
    }
}
