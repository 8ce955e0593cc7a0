//! Several statements of a scope in flight together.

use std::fmt;
use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::dsl::Limit;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, Query, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::query_dsl::methods::LimitDsl;
use diesel::result::Error;
use diesel_async::TransactionManager;
use futures_core::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt};

use super::drive::batch;
use super::opening::after_opening;
use super::statement::Ground;
use super::transaction::{ScopeFn, in_transaction};
use super::{AsyncScopedTransactionManager, ScopedStream, query};
use crate::SqlTenantId;
use crate::observe::Count;
use crate::query::{ExecuteStatement, LoadStatement, ScopedQuery};
use crate::scoped::position::Position;
use crate::scoped::{AsyncScopeConnection, Scoped};

/// A scope's transaction that several statements use at once, from [`Scoped::pipeline`].
///
/// It can be copied, and the futures of its statements do not borrow it, so that they can be joined. It is
/// the counterpart of `&AsyncPgConnection`, on which diesel-async pipelines.
///
/// It is no connection itself. A scoped query runs on one type of connection, which is how the compiler can say what
/// is missing when it is given another; so here the statement is the argument.
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
    /// # async fn run(conn: &mut AsyncConn) -> QueryResult<()> {
    /// let (titles, count): (Vec<String>, i64) = conn
    ///     .pipeline(async |conn| {
    ///         let titles = conn.load(tasks::table.select(tasks::title));
    ///         let count = conn.get_result(tasks::table.count());
    ///         futures_util::future::try_join(titles, count).await
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

    fn ground(&self) -> QueryResult<Ground<'a>> {
        if self.ground.state.is_cut_off() {
            return Err(Error::BrokenTransactionManager);
        }
        Ok(self.ground)
    }

    /// The rows of a query, as `load` of diesel-async.
    pub fn load<U, Q>(self, query: Q) -> BoxFuture<'a, QueryResult<Vec<U>>>
    where
        Q: PipelineLoad<Id, U>,
        U: Send + 'a,
    {
        let rows = query.load_in(self);
        Box::pin(async move { rows.await?.try_collect().await })
    }

    /// The first row of a query, or [`NotFound`](Error::NotFound).
    pub fn get_result<U, Q>(self, query: Q) -> BoxFuture<'a, QueryResult<U>>
    where
        Q: PipelineLoad<Id, U>,
        U: Send + 'a,
    {
        let rows = query.load_in(self);
        Box::pin(async move { rows.await?.next().await.ok_or(Error::NotFound)? })
    }

    /// The first row of a query that is limited to one, or [`NotFound`](Error::NotFound).
    pub fn first<U, Q>(self, query: Q) -> BoxFuture<'a, QueryResult<U>>
    where
        Q: LimitDsl,
        Limit<Q>: PipelineLoad<Id, U>,
        U: Send + 'a,
    {
        self.get_result(query.limit(1))
    }

    /// The rows of a query as they arrive.
    pub fn load_stream<U, Q>(self, query: Q) -> BoxFuture<'a, QueryResult<ScopedStream<'a, U>>>
    where
        Q: PipelineLoad<Id, U>,
    {
        query.load_in(self)
    }

    /// Runs a statement for the number of rows that it affects.
    pub fn execute<Q>(self, statement: Q) -> BoxFuture<'a, QueryResult<usize>>
    where
        Q: PipelineExecute<Id>,
    {
        statement.execute_in(self)
    }

    /// Runs statements without binds. As after any raw SQL, a pool does not take the connection back.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn batch_execute(self, sql: &str) -> QueryResult<()> {
        let ground = self.ground()?;
        ground.state.taint();
        let seen = ground.observe(|| Some(sql.to_owned()));
        Count::RoundTrip.one();
        let suspicion = ground.state.suspect();
        let statement = after_opening(ground, batch(ground.pg, sql));
        suspicion.judge(seen.follow(statement).await)
    }
}

/// A query that a [`Pipeline`] loads rows of type `U` with: a scoped one, or one on shared tables.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not yield rows of the type `{U}` in this pipeline",
    note = "the query has to be of the scope's type of tenant, or on shared tables"
)]
pub trait PipelineLoad<Id, U>: Sized {
    #[doc(hidden)]
    fn load_in<'a>(
        self,
        pipeline: Pipeline<'a, Id>,
    ) -> BoxFuture<'a, QueryResult<ScopedStream<'a, U>>>;
}

/// A statement that a [`Pipeline`] runs for a number of rows: a scoped one, or one on shared tables.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no statement for this pipeline",
    note = "it has to be of the scope's type of tenant, or on shared tables"
)]
pub trait PipelineExecute<Id>: Sized {
    #[doc(hidden)]
    fn execute_in(self, pipeline: Pipeline<'_, Id>) -> BoxFuture<'_, QueryResult<usize>>;
}

impl<Q, Id, U, ST> PipelineLoad<Id, U> for ScopedQuery<Q, Id>
where
    Id: SqlTenantId,
    Q: LoadStatement,
    Q::Statement: QueryFragment<Pg> + QueryId,
    <Q::Statement as Query>::SqlType: CompatibleType<U, Pg, SqlType = ST>,
    U: FromSqlRow<ST, Pg> + Send + 'static,
    Pg: QueryMetadata<<Q::Statement as Query>::SqlType>,
    ST: 'static,
{
    fn load_in<'a>(
        self,
        pipeline: Pipeline<'a, Id>,
    ) -> BoxFuture<'a, QueryResult<ScopedStream<'a, U>>> {
        const {
            // Forces the check that a WHERE clause has no window function.
            let _ = Q::Statement::IS_WINDOW_FUNCTION;
        }
        query::load::<_, U, ST>(pipeline.ground(), self.inner.into_load(), Q::WRITES)
    }
}

#[diagnostic::do_not_recommend]
impl<Q, Id, U, ST> PipelineLoad<Id, U> for Q
where
    Id: SqlTenantId,
    Q: AsQuery,
    Q::Query: QueryFragment<Pg> + QueryId,
    Q::SqlType: CompatibleType<U, Pg, SqlType = ST>,
    U: FromSqlRow<ST, Pg> + Send + 'static,
    Pg: QueryMetadata<Q::SqlType>,
    ST: 'static,
{
    fn load_in<'a>(
        self,
        pipeline: Pipeline<'a, Id>,
    ) -> BoxFuture<'a, QueryResult<ScopedStream<'a, U>>> {
        query::load::<_, U, ST>(pipeline.ground(), self.as_query(), true)
    }
}

impl<Q, Id> PipelineExecute<Id> for ScopedQuery<Q, Id>
where
    Id: SqlTenantId,
    Q: ExecuteStatement,
{
    fn execute_in(self, pipeline: Pipeline<'_, Id>) -> BoxFuture<'_, QueryResult<usize>> {
        query::execute(pipeline.ground(), self.inner.into_execute())
    }
}

#[diagnostic::do_not_recommend]
impl<Q, Id> PipelineExecute<Id> for Q
where
    Id: SqlTenantId,
    Q: QueryFragment<Pg> + QueryId,
{
    fn execute_in(self, pipeline: Pipeline<'_, Id>) -> BoxFuture<'_, QueryResult<usize>> {
        query::execute(pipeline.ground(), self)
    }
}
