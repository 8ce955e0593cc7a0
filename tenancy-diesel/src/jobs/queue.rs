use std::fmt;

use diesel::QueryResult;
use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tenancy_core::jobs::JobId;

use super::fixed::{Bind, Fixed, fixed};
use super::{JobsBuildError, QueueError, check};

/// The queue in PostgreSQL, as the role of the workers has it.
///
/// It is what a [`Worker`](super::Worker) takes jobs from, where dead letters are looked at, and a
/// [`Target`](tenancy_core::erasure::Target) of erasures. Cloning shares the pool.
#[derive(Clone)]
pub struct Queue {
    pool: Pool<AsyncPgConnection>,
    pub(super) role: String,
}

impl Queue {
    /// Begins with a pool that connects as the role of the workers, and the name of the role that the
    /// application's own pool connects as, and checks both.
    ///
    /// The pool needs few connections: one is taken to poll, and one when a job ends.
    ///
    /// # Errors
    /// [`JobsBuildError::NotMigrated`] without the tables, [`JobsBuildError::UnknownApplicationRole`],
    /// [`JobsBuildError::UnsafeRole`] when the worker's role can do what it must not or lacks a privilege,
    /// [`JobsBuildError::ApplicationReachesQueue`], and [`JobsBuildError::Queue`] when nobody answers.
    pub async fn build(
        pool: Pool<AsyncPgConnection>,
        app_role: &str,
    ) -> Result<Self, JobsBuildError> {
        let mut queue = Queue {
            pool,
            role: String::new(),
        };
        let role = check::roles(&mut *queue.connection().await?, app_role).await?;
        queue.role = role;
        Ok(queue)
    }

    /// Runs a dead letter once more, from the beginning of its attempts. Whether there was one.
    ///
    /// # Errors
    /// [`QueueError`] when the queue cannot be asked.
    pub async fn redrive(&self, id: JobId) -> Result<bool, QueueError> {
        let id = id.to_string();
        let redrive = fixed(
            "UPDATE tenancy.jobs
             SET dead_at = NULL, failure = NULL, attempts = 0, held_until = '-infinity'
             WHERE id = ?::uuid AND dead_at IS NOT NULL",
        );
        let rows = self.change(redrive.binds([Bind::Text(&id)])).await?;
        Ok(rows > 0)
    }

    /// Removes a dead letter. Whether there was one.
    ///
    /// # Errors
    /// [`QueueError`] when the queue cannot be asked.
    pub async fn discard(&self, id: JobId) -> Result<bool, QueueError> {
        let id = id.to_string();
        let discard = fixed("DELETE FROM tenancy.jobs WHERE id = ?::uuid AND dead_at IS NOT NULL");
        let rows = self.change(discard.binds([Bind::Text(&id)])).await?;
        Ok(rows > 0)
    }

    pub(super) async fn connection(
        &self,
    ) -> Result<PooledConnection<'_, AsyncPgConnection>, QueueError> {
        let conn = self.pool.get().await;
        conn.map_err(|error| QueueError::Checkout(Box::new(error)))
    }

    /// Runs a statement in a transaction of its own.
    pub(super) async fn change(&self, statement: Fixed<'_>) -> Result<usize, QueueError> {
        let mut conn = self.connection().await?;
        let rows: QueryResult<usize> = statement.execute(&mut conn).await;
        rows.map_err(QueueError::Query)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("role", &self.role)
            .finish_non_exhaustive()
    }
}
