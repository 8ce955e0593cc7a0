//! Several statements of a scope in flight together.

use std::fmt;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, QueryFragment, QueryId};
use diesel::result::Error;
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection, TransactionManager};

use super::drive::batch;
use super::opening::after_opening;
use super::statement::Ground;
use super::transaction::{ScopeFn, in_transaction};
use super::{AsyncScopedTransactionManager, ExecuteFuture, LoadFuture, PgRow, ScopedRows};
use crate::SqlTenantId;
use crate::scoped::position::Position;
use crate::scoped::{AsyncScopeConnection, Scoped};

/// A scope's transaction that several statements use at once, from [`Scoped::pipeline`].
///
/// It can be copied, and the futures of its statements do not borrow it, so that they can be joined. It is
/// the counterpart of `&AsyncPgConnection`, which diesel-async pipelines on in the same way.
pub struct Pipeline<'a, Id> {
    ground: Ground<'a>,
    tenant: PhantomData<fn() -> Id>,
}

impl<Id> Clone for Pipeline<'_, Id> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Id> Copy for Pipeline<'_, Id> {}

impl<Id> fmt::Debug for Pipeline<'_, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pipeline").finish_non_exhaustive()
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Runs statements that do not wait for one another, in one transaction.
    ///
    /// Futures that are polled together, with `try_join!` or its kin, are sent together: BEGIN and the
    /// variable, the statements, then COMMIT when the closure returns `Ok`, two round trips in all. In a
    /// transaction of the scope they become part of it, in one round trip.
    ///
    /// The statements run in the order in which they are first polled, apart from those that have to be
    /// prepared first. So none of them should need another one's effect. When one fails, PostgreSQL refuses
    /// those behind it, and nothing is committed.
    ///
    /// ```
    /// # #[cfg(feature = "uuid")] mod example {
    /// # include!("../../doc/setup.rs");
    /// # type AsyncConn = schema::Scoped<diesel_async::AsyncPgConnection>;
    /// use diesel_async::RunQueryDsl;
    ///
    /// # async fn run(conn: &mut AsyncConn) -> QueryResult<()> {
    /// let (names, open): (Vec<String>, i64) = conn
    ///     .pipeline(async |mut conn| {
    ///         futures_util::try_join!(
    ///             projects::table.select(projects::name).load(&mut conn),
    ///             tasks::table.count().get_result(&mut conn),
    ///         )
    ///     })
    ///     .await?;
    /// # Ok(())
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    /// As `transaction`: what the closure and COMMIT return.
    pub async fn pipeline<F, R, E>(&mut self, callback: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(Pipeline<'r, Id>) -> Result<R, E>
            + ScopeFn<Pipeline<'r, Id>, Result<R, E>, Future: Send>
            + Send,
        E: From<Error> + Send,
        R: Send,
    {
        if self.position()? == Position::Inside {
            return callback(Pipeline::of(self)?).await;
        }
        AsyncScopedTransactionManager::begin_transaction(self).await?;
        in_transaction(self, async |scope: &mut Self| {
            callback(Pipeline::of(scope)?).await
        })
        .await
    }
}

impl<'a, Id: SqlTenantId> Pipeline<'a, Id> {
    fn of<C: AsyncScopeConnection>(scope: &'a mut Scoped<C, Id>) -> QueryResult<Self> {
        Ok(Pipeline {
            ground: scope.ground()?,
            tenant: PhantomData,
        })
    }

    pub(super) fn ground(&self) -> QueryResult<Ground<'a>> {
        if self.ground.state.is_cut_off() {
            return Err(Error::BrokenTransactionManager);
        }
        Ok(self.ground)
    }
}

impl<Id: SqlTenantId> SimpleAsyncConnection for Pipeline<'_, Id> {
    async fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        let ground = self.ground()?;
        ground.state.taint();
        let suspicion = ground.state.suspect();
        suspicion.judge(after_opening(ground, batch(ground.pg, query)).await)
    }
}

impl<'a, Id: SqlTenantId> AsyncConnectionCore for Pipeline<'a, Id> {
    type ExecuteFuture<'conn, 'query> = ExecuteFuture<'a>;
    type LoadFuture<'conn, 'query> = LoadFuture<'a>;
    type Stream<'conn, 'query> = ScopedRows<'a>;
    type Row<'conn, 'query> = PgRow;
    type Backend = Pg;

    fn load<'conn, 'query, T>(&'conn mut self, source: T) -> Self::LoadFuture<'conn, 'query>
    where
        T: AsQuery + 'query,
        T::Query: QueryFragment<Pg> + QueryId + 'query,
    {
        super::connection::load(self.ground(), source.as_query())
    }

    fn execute_returning_count<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> Self::ExecuteFuture<'conn, 'query>
    where
        T: QueryFragment<Pg> + QueryId + 'query,
    {
        super::connection::execute(self.ground(), source)
    }
}
