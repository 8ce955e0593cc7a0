//! The statements by which a worker takes jobs and says what became of them. Each is a transaction of its own.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use diesel::sql_types::{BigInt, Binary, Bool, Text};
use diesel_async::RunQueryDsl;
use tenancy_core::jobs::Envelope;

use super::Inner;
use crate::jobs::QueueError;
use crate::jobs::fixed::{Bind, fixed};
use crate::pool::ScopePool;
use crate::table::Schema;

/// A job that this worker has.
#[derive(Debug)]
pub(super) struct Claimed {
    id: String,
    tenant: Vec<u8>,
    /// Nothing when the bytes are none. The database does not look at all of them.
    pub(super) envelope: Option<Envelope>,
    /// The number of the attempt. With the holder, it tells this attempt from any other.
    pub(super) attempt: u32,
    /// A mark says that the job was done already.
    pub(super) done: bool,
    pub(super) now: SystemTime,
}

impl Claimed {
    /// As a UUID is written.
    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

/// Tenants take turns: it begins behind the tenant that had the last one, goes round, and takes a few jobs of each. It
/// finds the tenants by stepping through the index, so a tenant with a million jobs costs as much as one with a single
/// job.
const CLAIM: &str = "WITH RECURSIVE last (tenant) AS (SELECT ?),
    turns (tenant, behind) AS (
        SELECT f.tenant, f.behind FROM (
            (SELECT tenant, true AS behind FROM tenancy.jobs
             WHERE dead_at IS NULL AND tenant > (SELECT tenant FROM last) ORDER BY tenant LIMIT 1)
            UNION ALL
            (SELECT tenant, false FROM tenancy.jobs WHERE dead_at IS NULL ORDER BY tenant LIMIT 1)
            ORDER BY behind DESC LIMIT 1
        ) AS f
        UNION ALL
        SELECT n.tenant, n.behind FROM turns AS t CROSS JOIN LATERAL (
            (SELECT j.tenant, t.behind FROM tenancy.jobs AS j
             WHERE j.dead_at IS NULL AND j.tenant > t.tenant ORDER BY j.tenant LIMIT 1)
            UNION ALL
            (SELECT j.tenant, false FROM tenancy.jobs AS j
             WHERE t.behind AND j.dead_at IS NULL ORDER BY j.tenant LIMIT 1)
            ORDER BY behind DESC LIMIT 1
        ) AS n
        WHERE n.behind OR n.tenant <= (SELECT tenant FROM last)
    ),
    due AS MATERIALIZED (
        SELECT d.id FROM turns AS t CROSS JOIN LATERAL (
            SELECT j.id FROM tenancy.jobs AS j
            WHERE j.tenant = t.tenant AND j.dead_at IS NULL
                AND j.due_at <= pg_catalog.now() AND j.kind = ANY(?)
            ORDER BY j.due_at LIMIT ? FOR UPDATE SKIP LOCKED
        ) AS d LIMIT ?
    )
    UPDATE tenancy.jobs AS j
    SET holder = ?::uuid, attempts = j.attempts + 1,
        held_until = pg_catalog.now() + ? * interval '1 millisecond'
    FROM due WHERE j.id = due.id
    RETURNING j.id::text, j.tenant, j.envelope, j.attempts::int8,
        EXISTS (SELECT FROM tenancy.jobs_done AS d WHERE d.id = j.id),
        (extract(epoch FROM pg_catalog.now()) * 1000)::int8";

type Row = (String, Vec<u8>, Vec<u8>, i64, bool, i64);

impl<S: Schema, P: ScopePool> Inner<S, P> {
    /// Takes up to so many jobs that are due, and notes the tenant that had the last turn.
    pub(super) async fn claim(
        &self,
        last: &mut Vec<u8>,
        free: usize,
    ) -> Result<Vec<Claimed>, QueueError> {
        let holder = self.holder.to_string();
        let statement = fixed::<(Text, Binary, Binary, BigInt, Bool, BigInt)>(CLAIM);
        let mut conn = self.queue.connection().await?;
        let rows: Vec<Row> = statement
            .binds([
                Bind::Bytes(last),
                Bind::Texts(&self.kinds),
                Bind::Number(self.settings.per_turn.into()),
                Bind::Number(i64::try_from(free).unwrap_or(i64::MAX)),
                Bind::Text(&holder),
                Bind::Number(millis(self.settings.lease)),
            ])
            .load(&mut conn)
            .await
            .map_err(QueueError::Query)?;
        let claimed: Vec<Claimed> = rows.into_iter().map(read).collect::<Result<_, _>>()?;
        let tenants = || claimed.iter().map(|claimed| claimed.tenant.as_slice());
        // Those that came round again are the last.
        let around = tenants().filter(|tenant| *tenant <= last.as_slice()).max();
        if let Some(tenant) = around.or_else(|| tenants().max()) {
            *last = tenant.to_vec();
        }
        Ok(claimed)
    }

    /// Takes a job out of the queue, and remembers that it was done.
    pub(super) async fn complete(&self, claimed: &Claimed) -> Result<usize, QueueError> {
        self.settle(
            "WITH done AS (
                 DELETE FROM tenancy.jobs
                 WHERE id = ?::uuid AND holder = ?::uuid AND attempts = ?
                 RETURNING id, tenant, expires_at
             )
             INSERT INTO tenancy.jobs_done (id, tenant, expires_at)
             SELECT id, tenant, expires_at FROM done
             ON CONFLICT (id) DO NOTHING",
            claimed,
            [],
        )
        .await
    }

    /// Prolongs the lease. No row when the job is not this worker's any more.
    pub(super) async fn prolong(&self, claimed: &Claimed) -> Result<usize, QueueError> {
        self.settle(
            "UPDATE tenancy.jobs AS j
             SET held_until = pg_catalog.now() + m.lease * interval '1 millisecond'
             FROM (SELECT ?::uuid AS id, ?::uuid AS holder, ? AS attempts, ? AS lease) AS m
             WHERE j.id = m.id AND j.holder = m.holder AND j.attempts = m.attempts",
            claimed,
            [Bind::Number(millis(self.settings.lease))],
        )
        .await
    }

    /// Puts a job back, to be tried again after a while.
    pub(super) async fn put_back(
        &self,
        claimed: &Claimed,
        wait: Duration,
        failure: &str,
    ) -> Result<usize, QueueError> {
        self.settle(
            "UPDATE tenancy.jobs AS j
             SET held_until = pg_catalog.now() + m.wait * interval '1 millisecond',
                 holder = NULL, failure = m.failure
             FROM (SELECT ?::uuid AS id, ?::uuid AS holder, ? AS attempts, ? AS wait, ? AS failure) AS m
             WHERE j.id = m.id AND j.holder = m.holder AND j.attempts = m.attempts",
            claimed,
            [Bind::Number(millis(wait)), Bind::Text(failure)],
        )
        .await
    }

    /// Puts a job back without an attempt.
    pub(super) async fn take_back(
        &self,
        claimed: &Claimed,
        wait: Duration,
    ) -> Result<usize, QueueError> {
        self.settle(
            "UPDATE tenancy.jobs AS j
             SET held_until = pg_catalog.now() + m.wait * interval '1 millisecond',
                 holder = NULL, attempts = j.attempts - 1
             FROM (SELECT ?::uuid AS id, ?::uuid AS holder, ? AS attempts, ? AS wait) AS m
             WHERE j.id = m.id AND j.holder = m.holder AND j.attempts = m.attempts",
            claimed,
            [Bind::Number(millis(wait))],
        )
        .await
    }

    /// Makes a job a dead letter.
    pub(super) async fn bury(&self, claimed: &Claimed, failure: &str) -> Result<usize, QueueError> {
        self.settle(
            "UPDATE tenancy.jobs AS j
             SET dead_at = pg_catalog.now(), holder = NULL, failure = m.failure
             FROM (SELECT ?::uuid AS id, ?::uuid AS holder, ? AS attempts, ? AS failure) AS m
             WHERE j.id = m.id AND j.holder = m.holder AND j.attempts = m.attempts",
            claimed,
            [Bind::Text(failure)],
        )
        .await
    }

    /// A statement about an attempt. It finds its row as long as the attempt is the job's latest.
    async fn settle<'a, const N: usize>(
        &self,
        sql: &'static str,
        claimed: &Claimed,
        more: [Bind<'a>; N],
    ) -> Result<usize, QueueError> {
        let holder = self.holder.to_string();
        let attempt = [
            Bind::Text(&claimed.id),
            Bind::Text(&holder),
            Bind::Number(claimed.attempt.into()),
        ];
        let statement = fixed(sql).binds(attempt.into_iter().chain(more));
        self.queue.change(statement).await
    }

    /// Puts back what this worker still has, without counting the attempts that were cut off.
    pub(super) async fn release(&self) -> Result<usize, QueueError> {
        let holder = self.holder.to_string();
        let release = fixed(
            "UPDATE tenancy.jobs SET held_until = '-infinity', holder = NULL, attempts = attempts - 1
             WHERE holder = ?::uuid AND dead_at IS NULL",
        );
        self.queue
            .change(release.binds([Bind::Text(&holder)]))
            .await
    }

    /// Forgets jobs that were done, once nobody can run a copy of them any more, or after the time that is set.
    pub(super) async fn forget(&self) -> Result<usize, QueueError> {
        let forget = fixed(
            "DELETE FROM tenancy.jobs_done WHERE CASE
                 WHEN expires_at IS NULL
                     THEN done_at < pg_catalog.now() - ? * interval '1 millisecond'
                 ELSE expires_at < pg_catalog.now() - interval '1 hour'
             END",
        );
        let age = [Bind::Number(millis(self.settings.remembered))];
        self.queue.change(forget.binds(age)).await
    }
}

fn read((id, tenant, envelope, attempt, done, now): Row) -> Result<Claimed, QueueError> {
    let (Ok(attempt), Ok(now)) = (u32::try_from(attempt), u64::try_from(now)) else {
        return Err(QueueError::Malformed);
    };
    Ok(Claimed {
        id,
        tenant,
        envelope: Envelope::parse(envelope).ok(),
        attempt,
        done,
        now: UNIX_EPOCH + Duration::from_millis(now),
    })
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
