//! One statement of a scope, rendered, and how it is sent.

use std::sync::Arc;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{Query, QueryFragment, QueryId};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};
use futures_core::future::BoxFuture;
use futures_util::{StreamExt, TryStreamExt, stream};

use super::drive::{Order, batch, drive};
use super::known::KnownStatements;
use super::opening::{after_opening, in_session};
use super::outgoing::{Knowledge, Outgoing};
use super::{PgRow, RawRows};
use crate::ambient::{self, Binding};
use crate::error::typed;
use crate::observe::{Count, Observation};
use crate::scoped::assignment;
use crate::scoped::position::{Position, State, Suspicion};
use crate::scoped::session::Session;

/// The rows of a result that are awaited before the first is handed out: outside of a transaction until COMMIT has
/// succeeded, in one until the statement has. A longer result streams.
const HELD_BACK: usize = 64;

/// What the statements of a scope share.
#[derive(Clone, Copy)]
pub(super) struct Ground<'c> {
    pub(super) pg: &'c AsyncPgConnection,
    pub(super) binding: &'c Arc<Binding>,
    pub(super) known: &'c KnownStatements,
    pub(super) state: &'c State,
    pub(super) begin: &'c str,
    pub(super) set: &'c str,
    pub(super) variable: &'c str,
    pub(super) session: Option<&'c Session>,
    pub(super) has_timeout: bool,
    /// What spans call the database.
    pub(super) namespace: Option<&'c str>,
    pub(super) position: Position,
}

/// A rendered statement.
pub(super) struct Call<'c, A> {
    ground: Ground<'c>,
    answer: BoxFuture<'c, QueryResult<A>>,
    knowledge: Knowledge,
    seen: Observation,
    /// How many rows are held back until COMMIT.
    limit: usize,
}

/// The rows of a result.
pub(super) enum Rows<'c> {
    /// All of them, after COMMIT if the statement was in a transaction of its own.
    Whole(Vec<PgRow>),
    /// As they arrive.
    Arriving(super::ScopedRows<'c>),
}

impl<'c> Ground<'c> {
    /// Renders a statement that yields rows.
    pub(super) fn load<Q>(self, query: Q, writes: bool) -> QueryResult<Call<'c, RawRows>>
    where
        Q: Query + QueryFragment<Pg> + QueryId,
    {
        let limit = if writes { usize::MAX } else { HELD_BACK };
        self.call(query, limit, |mut pg, query| {
            AsyncConnectionCore::load(&mut pg, query)
        })
    }

    /// Renders a statement that yields a count.
    pub(super) fn count<Q>(self, query: Q) -> QueryResult<Call<'c, usize>>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        self.call(query, 0, |mut pg, query| {
            AsyncConnectionCore::execute_returning_count(&mut pg, query)
        })
    }

    fn call<Q, A>(
        self,
        query: Q,
        limit: usize,
        send: impl FnOnce(&'c AsyncPgConnection, Outgoing<Q>) -> BoxFuture<'c, QueryResult<A>>,
    ) -> QueryResult<Call<'c, A>>
    where
        Q: QueryFragment<Pg> + QueryId,
    {
        ambient::enter(self.binding, || {
            let (outgoing, knowledge) = Outgoing::render(query, self.known)
                .inspect_err(|error| self.observe(|| None).refuse(error))?;
            let seen = self.observe(|| Some(outgoing.sql().to_owned()));
            if !knowledge.is_harmless {
                self.state.taint();
            }
            Ok(Call {
                answer: send(self.pg, outgoing),
                ground: self,
                knowledge,
                seen,
                limit,
            })
        })
    }
}

impl Ground<'_> {
    /// What is told of a statement, to whoever listens.
    pub(super) fn observe(&self, render: impl FnOnce() -> Option<String>) -> Observation {
        Observation::of_statement(|| self.binding.canonical(), self.namespace, render)
    }
}

impl<A> Call<'_, A> {
    /// Counts what the statement waits for.
    fn count_round_trips(&self) {
        Count::RoundTrip.add(match self.ground.position {
            Position::Inside | Position::Session => 1,
            Position::Borrowed => 3,
            Position::Free => match Order::of(&self.knowledge, self.ground.known) {
                Order::AtOnce | Order::InLine => 1,
                Order::Afterwards => 2,
            },
        });
    }
}

impl<'c> Call<'c, RawRows> {
    pub(super) async fn rows(self) -> QueryResult<Rows<'c>> {
        let has_timeout = self.ground.has_timeout;
        self.count_round_trips();
        let result = self.seen.clone().follow(self.load()).await;
        result.map_err(|error| typed(error, has_timeout))
    }

    async fn load(mut self) -> QueryResult<Rows<'c>> {
        let ground = self.ground;
        let news = self.knowledge.news.take();
        let (rows, arriving) = match ground.position {
            Position::Inside => {
                let suspicion = ground.state.suspect();
                let statement = head(self.answer, HELD_BACK);
                match after_opening(ground, statement).await? {
                    // The whole answer has come, so the statement has succeeded.
                    (rows, None) => {
                        suspicion.clear();
                        (Some(rows), None)
                    }
                    (rows, Some(rest)) => {
                        let rows = stream::iter(rows.into_iter().map(Ok));
                        let rest = until_the_end(rest, suspicion)
                            .map_err(move |error| typed(error, ground.has_timeout));
                        (None, Some(rows.chain(rest).boxed()))
                    }
                }
            }
            Position::Session => {
                let flight = ground.state.take_off();
                let statement = in_session(ground, head(self.answer, self.limit)).await;
                // The rest of the rows may be dropped at any time: the driver reads them to their end.
                flight.land();
                match statement? {
                    (rows, None) => (Some(rows), None),
                    (rows, Some(rest)) => {
                        let rows = stream::iter(rows.into_iter().map(Ok));
                        let rest = rest.map_err(move |error| typed(error, ground.has_timeout));
                        (None, Some(rows.chain(rest).boxed()))
                    }
                }
            }
            Position::Borrowed => {
                let (rows, _) = in_borrowed(ground, head(self.answer, usize::MAX)).await?;
                (Some(rows), None)
            }
            Position::Free => {
                let flight = ground.state.take_off();
                let order = Order::of(&self.knowledge, ground.known);
                let statement = head(self.answer, self.limit);
                let ((rows, rest), mut commit) = drive(ground, statement, order, flight).await?;
                match rest {
                    None => {
                        commit.finish().await?;
                        (Some(rows), None)
                    }
                    // Rows have come, so the statement is on the wire and COMMIT cannot overtake it.
                    // Once that is on the wire too, the stream may be dropped at any time.
                    Some(rest) => {
                        commit.send().await;
                        let end = async { commit.finish().await.err().map(Err) };
                        let stream = stream::iter(rows.into_iter().map(Ok))
                            .chain(rest.map_err(move |error| typed(error, ground.has_timeout)))
                            .chain(stream::once(end).filter_map(std::future::ready));
                        (None, Some(stream.boxed()))
                    }
                }
            }
        };
        if let Some(news) = news {
            news.tell(ground.known);
        }
        Ok(match (rows, arriving) {
            (Some(rows), _) => Rows::Whole(rows),
            (None, arriving) => Rows::Arriving(arriving.unwrap_or_else(|| stream::empty().boxed())),
        })
    }
}

impl<'c> Call<'c, usize> {
    pub(super) async fn rows_affected(self) -> QueryResult<usize> {
        let has_timeout = self.ground.has_timeout;
        self.count_round_trips();
        let result = self.seen.clone().follow(self.execute()).await;
        result.map_err(|error| typed(error, has_timeout))
    }

    async fn execute(mut self) -> QueryResult<usize> {
        let ground = self.ground;
        let news = self.knowledge.news.take();
        let count = match ground.position {
            Position::Inside => {
                let suspicion = ground.state.suspect();
                suspicion.judge(after_opening(ground, self.answer).await)?
            }
            Position::Session => {
                let flight = ground.state.take_off();
                let count = in_session(ground, self.answer).await;
                flight.land();
                count?
            }
            Position::Borrowed => in_borrowed(ground, self.answer).await?,
            Position::Free => {
                let flight = ground.state.take_off();
                let order = Order::of(&self.knowledge, ground.known);
                let (count, commit) = drive(ground, self.answer, order, flight).await?;
                commit.finish().await?;
                count
            }
        };
        if let Some(news) = news {
            news.tell(ground.known);
        }
        Ok(count)
    }
}

/// The first rows of a result, and the rest if there are more than `limit`.
async fn head(
    load: impl Future<Output = QueryResult<RawRows>>,
    limit: usize,
) -> QueryResult<(Vec<PgRow>, Option<RawRows>)> {
    let mut stream = load.await?;
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await {
        rows.push(row?);
        if rows.len() > limit {
            return Ok((rows, Some(stream)));
        }
    }
    Ok((rows, None))
}

/// Sets the variable around a statement in a transaction that the scope did not begin.
async fn in_borrowed<H>(
    ground: Ground<'_>,
    statement: impl Future<Output = QueryResult<H>>,
) -> QueryResult<H> {
    let flight = ground.state.take_off();
    batch(ground.pg, ground.set)
        .await
        .inspect_err(|_| flight.land())?;
    let result = statement.await;
    let unset = batch(ground.pg, &assignment(ground.variable, "")).await;
    flight.land();
    // After a server error nothing works until the caller rolls back, which unsets it too.
    result.and_then(|value| unset.map(|()| value))
}

/// The rows of a statement of a transaction, which is cleared of having failed by the last of them.
fn until_the_end(rows: RawRows, suspicion: Suspicion) -> super::ScopedRows<'static> {
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
