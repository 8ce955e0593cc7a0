use std::task::Poll;

use diesel::QueryResult;
use diesel::deserialize::FromSqlRow;
use diesel::expression::QueryMetadata;
use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel::query_dsl::CompatibleType;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::methods::{ExecuteDsl, LoadQuery};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use futures_util::{FutureExt, StreamExt, TryFutureExt, stream};

use super::known::{Knowledge, KnownStatements};
use super::pipeline::{Commit, HELD_BACK, batch, drive, head};
use super::types::{TypeName, looked_up};
use super::{ExecuteFuture, LoadFuture, RawRows, ScopedRows};
use crate::SqlTenantId;
use crate::ambient;
use crate::error::typed;
use crate::query::{ExecuteStatement, LoadStatement, ScopedQuery};
use crate::scoped::position::{Flight, Position, Suspicion};
use crate::scoped::{AsyncScopeConnection, Scoped};

impl<C: AsyncScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Runs a statement that yields rows. It is rendered before this returns.
    pub(super) fn rows<'conn, Q>(&'conn mut self, query: Q, writes: bool) -> LoadFuture<'conn>
    where
        Q: Query + QueryFragment<Pg> + QueryId,
    {
        let limit = if writes { usize::MAX } else { HELD_BACK };
        let call = match self.call(query, |mut pg, query| {
            AsyncConnectionCore::load(&mut pg, query)
        }) {
            Ok(call) => call,
            Err(error) => return std::future::ready(Err(error)).boxed(),
        };
        async move { call.load(limit).await.map_err(typed) }.boxed()
    }

    /// Runs a statement that yields a count. It is rendered before this returns.
    pub(super) fn count<'conn, Q>(&'conn mut self, query: Q) -> ExecuteFuture<'conn>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        let call = match self.call(query, |mut pg, query| {
            AsyncConnectionCore::execute_returning_count(&mut pg, query)
        }) {
            Ok(call) => call,
            Err(error) => return std::future::ready(Err(error)).boxed(),
        };
        async move { call.execute().await.map_err(typed) }.boxed()
    }

    fn call<'conn, Q, A>(
        &'conn mut self,
        query: Q,
        send: impl FnOnce(&'conn AsyncPgConnection, Q) -> BoxFuture<'conn, QueryResult<A>>,
    ) -> QueryResult<Call<'conn, A>>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        let position = self.position()?;
        let id = Q::query_id();
        let (known, remember) = match (self.known.of(id), id) {
            (Knowledge::Prepared, _) => (true, None),
            (Knowledge::PreparedWithTypes, Some(id)) => {
                let types = ambient::enter(&self.binding, || looked_up(&query))?;
                (self.known.has_types(&types), Some((id, types)))
            }
            (_, Some(id)) => {
                let types = ambient::enter(&self.binding, || {
                    let is_cached = query.is_safe_to_cache_prepared(&Pg)?;
                    is_cached.then(|| looked_up(&query)).transpose()
                })?;
                (false, types.map(|types| (id, types)))
            }
            (_, None) => (false, None),
        };
        let memory = self.known.clone();
        let Scoped {
            conn,
            binding,
            set,
            begin,
            state,
            ..
        } = self;
        let pg: &'conn AsyncPgConnection = conn.pg();
        Ok(Call {
            answer: ambient::enter(binding, || send(pg, query)),
            pg,
            position,
            begin,
            set,
            unset: (position == Position::Borrowed)
                .then(Self::unset)
                .unwrap_or_default(),
            known,
            remember: remember.map(|(id, types)| Remember { memory, id, types }),
            failure: state.failure(),
            runway: state.runway(),
        })
    }
}

/// A rendered statement and what the scope knows about the connection it will run on.
struct Call<'conn, A> {
    pg: &'conn AsyncPgConnection,
    answer: BoxFuture<'conn, QueryResult<A>>,
    position: Position,
    begin: &'conn str,
    set: &'conn str,
    unset: String,
    known: bool,
    remember: Option<Remember>,
    failure: crate::scoped::position::Failure,
    runway: crate::scoped::position::Runway,
}

/// What is learned when a statement has run.
struct Remember {
    memory: KnownStatements,
    id: std::any::TypeId,
    types: Vec<TypeName>,
}

impl Remember {
    fn note(self) {
        self.memory.insert(self.id, self.types);
    }
}

impl<'conn> Call<'conn, RawRows> {
    async fn load(self, limit: usize) -> QueryResult<ScopedRows<'conn>> {
        match self.position {
            Position::Inside => {
                let suspicion = self.failure.suspect();
                let rows = self.answer.await?;
                Ok(until_the_end(rows, suspicion))
            }
            Position::Borrowed => {
                let (rows, _) = self
                    .in_borrowed(|answer| head(answer, usize::MAX).boxed())
                    .await?;
                Ok(stream::iter(rows.into_iter().map(Ok)).boxed())
            }
            Position::Free => {
                let flight = self.runway.take_off();
                let statement = head(self.answer, limit);
                let ((rows, rest), commit) =
                    drive(self.pg, self.begin, statement, self.known, &flight).await?;
                if let Some(remember) = self.remember {
                    remember.note();
                }
                let Some(rest) = rest else {
                    finish(commit, &flight).await?;
                    return Ok(stream::iter(rows.into_iter().map(Ok)).boxed());
                };
                // Rows have come, so the statement is on the wire and COMMIT cannot overtake it.
                // Once that is on the wire too, the stream may be dropped at any time.
                let commit = queue(commit).await;
                flight.land();
                Ok(stream::iter(rows.into_iter().map(Ok))
                    .chain(rest)
                    .chain(stream::once(end(commit)).filter_map(std::future::ready))
                    .boxed())
            }
        }
    }
}

impl<'conn> Call<'conn, usize> {
    async fn execute(self) -> QueryResult<usize> {
        match self.position {
            Position::Inside => {
                let suspicion = self.failure.suspect();
                suspicion.judge(self.answer.await)
            }
            Position::Borrowed => self.in_borrowed(|answer| answer).await,
            Position::Free => {
                let flight = self.runway.take_off();
                let (count, commit) =
                    drive(self.pg, self.begin, self.answer, self.known, &flight).await?;
                finish(commit, &flight).await?;
                if let Some(remember) = self.remember {
                    remember.note();
                }
                Ok(count)
            }
        }
    }
}

impl<'conn, A: 'conn> Call<'conn, A> {
    /// Sets the variable around a statement in a transaction that the scope did not begin.
    async fn in_borrowed<H>(
        self,
        finish: impl FnOnce(BoxFuture<'conn, QueryResult<A>>) -> BoxFuture<'conn, QueryResult<H>>,
    ) -> QueryResult<H> {
        let flight = self.runway.take_off();
        batch(self.pg, self.set)
            .await
            .inspect_err(|_| flight.land())?;
        let result = finish(self.answer).await;
        let unset = batch(self.pg, &self.unset).await;
        flight.land();
        // After a server error nothing works until the caller rolls back, which unsets it too.
        result.and_then(|value| unset.map(|()| value))
    }
}

/// Waits for the answer to COMMIT. If the server refuses it, the transaction is over all the same.
async fn finish(commit: Commit<'_>, flight: &Flight) -> QueryResult<()> {
    let result = commit.await;
    match &result {
        Ok(()) => flight.land(),
        Err(Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _)) => {}
        Err(Error::DatabaseError(..)) => flight.land(),
        Err(_) => {}
    }
    result
}

/// The rows of a statement of a transaction, which is cleared of having failed by the last of them.
fn until_the_end(rows: RawRows, suspicion: Suspicion) -> ScopedRows<'static> {
    stream::unfold(Some((rows, suspicion)), async |state| {
        let (mut rows, suspicion) = state?;
        match rows.next().await {
            Some(Ok(row)) => Some((Ok(row), Some((rows, suspicion)))),
            Some(Err(error)) => Some((Err(error), None)),
            None => {
                suspicion.clear();
                None
            }
        }
    })
    .boxed()
}

/// Sends COMMIT without waiting for its answer.
async fn queue(mut commit: Commit<'_>) -> Commit<'_> {
    let sent = std::future::poll_fn(|cx| Poll::Ready(commit.as_mut().poll(cx))).await;
    match sent {
        Poll::Ready(result) => std::future::ready(result).boxed(),
        Poll::Pending => commit,
    }
}

/// The last item of a stream: the error of its COMMIT, if there is one.
async fn end<T>(commit: Commit<'_>) -> Option<QueryResult<T>> {
    commit.await.err().map(Err)
}

impl<Q, C, Id> ExecuteDsl<Scoped<C, Id>, Pg> for ScopedQuery<Q, Id>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    Q: ExecuteStatement + Send,
{
    fn execute<'conn, 'query>(
        query: Self,
        conn: &'conn mut Scoped<C, Id>,
    ) -> BoxFuture<'conn, QueryResult<usize>>
    where
        Self: 'query,
    {
        let statement = query.inner.into_execute();
        conn.inspect(&statement);
        conn.count(statement)
    }
}

impl<'query, Q, C, Id, U, ST> LoadQuery<'query, Scoped<C, Id>, U> for ScopedQuery<Q, Id>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    Q: LoadStatement + Send + 'query,
    Q::Statement: QueryFragment<Pg> + QueryId + Send + 'query,
    <Q::Statement as Query>::SqlType: CompatibleType<U, Pg, SqlType = ST>,
    U: FromSqlRow<ST, Pg> + Send + 'static,
    Pg: QueryMetadata<<Q::Statement as Query>::SqlType>,
    ST: 'static,
{
    type LoadFuture<'conn>
        = BoxFuture<'conn, QueryResult<Self::Stream<'conn>>>
    where
        Scoped<C, Id>: 'conn;

    type Stream<'conn>
        = BoxStream<'conn, QueryResult<U>>
    where
        Scoped<C, Id>: 'conn;

    fn internal_load(self, conn: &mut Scoped<C, Id>) -> Self::LoadFuture<'_> {
        const {
            // Forces the check that a WHERE clause has no window function.
            let _ = Q::Statement::IS_WINDOW_FUNCTION;
        }
        let binding = conn.binding.clone();
        let statement = self.inner.into_load();
        conn.inspect(&statement);
        conn.rows(statement, Q::WRITES)
            .map_ok(move |rows| {
                rows.map(move |row| {
                    let row = row?;
                    ambient::enter(&binding, || U::build_from_row(&row))
                        .map_err(Error::DeserializationError)
                })
                .boxed()
            })
            .boxed()
    }
}
