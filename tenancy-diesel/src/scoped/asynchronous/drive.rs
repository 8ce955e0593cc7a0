//! A statement in a transaction of its own, in as few round trips as its state allows.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_core::future::BoxFuture;

use super::commit::in_line;
use super::known::KnownStatements;
use super::outgoing::Knowledge;
use super::statement::Ground;
use crate::ScopeError;
use crate::observe::Count;
use crate::scoped::position::Flight;

/// Sends `sql` as a simple query, sharing the connection with other messages. The first poll sends it.
pub(super) async fn batch(mut pg: &AsyncPgConnection, sql: &str) -> QueryResult<()> {
    pg.batch_execute(sql).await
}

/// Sends `sql` without waiting for its answer.
pub(in crate::scoped) fn send(pg: &AsyncPgConnection, sql: &str) -> Poll<QueryResult<()>> {
    let batch = pin!(batch(pg, sql));
    let mut cx = Context::from_waker(Waker::noop());
    pin!(tokio::task::unconstrained(batch)).poll(&mut cx)
}

/// How the COMMIT of a statement is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// Right behind the statement, which the first poll sends.
    AtOnce,
    /// In line for the connection's statement cache, behind a statement that may be prepared first.
    InLine,
    /// After the answer of the statement, which may have to look up types before it gets in line.
    Afterwards,
}

impl Order {
    pub(super) fn of(knowledge: &Knowledge, known: &KnownStatements) -> Self {
        if knowledge.is_prepared {
            Order::AtOnce
        } else if knowledge.has_types && known.is_enabled() {
            Order::InLine
        } else {
            Order::Afterwards
        }
    }
}

/// The end of the transaction that a statement runs in.
pub(super) struct Commit<'c> {
    pg: &'c AsyncPgConnection,
    order: Order,
    answer: BoxFuture<'c, QueryResult<()>>,
    result: Option<QueryResult<()>>,
    known: &'c KnownStatements,
    flight: Flight,
}

impl<'c> Commit<'c> {
    fn new(
        pg: &'c AsyncPgConnection,
        order: Order,
        known: &'c KnownStatements,
        flight: Flight,
    ) -> Self {
        Commit {
            pg,
            order,
            answer: match order {
                Order::InLine => in_line(pg),
                Order::AtOnce | Order::Afterwards => Box::pin(batch(pg, "COMMIT")),
            },
            result: None,
            known,
            flight,
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) {
        poll_once(self.answer.as_mut(), &mut self.result, cx);
    }

    /// Waits for the answer. If the server refuses to commit, the transaction is over all the same.
    pub(super) async fn finish(mut self) -> QueryResult<()> {
        let result = match self.result.take() {
            Some(result) => result,
            None => self.answer.await,
        };
        match &result {
            Ok(()) => {
                self.flight.land();
                if self.order == Order::InLine {
                    self.known.insert_commit();
                }
            }
            Err(Error::DatabaseError(DatabaseErrorKind::ClosedConnection, _)) => {}
            // A COMMIT that is prepared can be refused as a statement, and then has ended nothing: behind a
            // pooler that does not follow prepared statements, it is not there.
            Err(Error::DatabaseError(..)) if self.order == Order::InLine => {
                if batch(self.pg, "ROLLBACK").await.is_ok() {
                    self.flight.land();
                }
            }
            Err(Error::DatabaseError(..)) => self.flight.land(),
            Err(_) => {}
        }
        result
    }

    /// Sends COMMIT without waiting for its answer, behind a statement whose first rows have come.
    pub(super) async fn send(&mut self) {
        poll_fn(|cx| {
            self.poll(cx);
            Poll::Ready(())
        })
        .await;
        // Nothing is before it in line any more. But if it has to be prepared, it is not yet sent.
        if self.order != Order::InLine || self.known.has_commit() {
            self.flight.land();
        }
    }
}

/// Runs BEGIN, `statement` and COMMIT in this order.
///
/// After an error the transaction is rolled back. The connection has landed unless that failed.
pub(super) async fn drive<'c, H>(
    ground: Ground<'c>,
    statement: impl Future<Output = QueryResult<H>> + Send,
    order: Order,
    flight: Flight,
) -> QueryResult<(H, Commit<'c>)> {
    let mut begin = pin!(batch(ground.pg, ground.begin));
    let mut statement = pin!(statement);
    let mut commit = Commit::new(ground.pg, order, ground.known, flight);
    let (mut begun, mut answer) = (None, None);
    let mut out_of_order = false;
    let mut first = true;
    // diesel-async takes locks of tokio's before it sends the statement. A task that has spent its
    // budget would find them busy, and COMMIT might be sent first.
    tokio::task::unconstrained(poll_fn(|cx| {
        poll_once(begin.as_mut(), &mut begun, cx);
        poll_once(statement.as_mut(), &mut answer, cx);
        if order != Order::Afterwards && commit.result.is_none() {
            commit.poll(cx);
            if commit.result.is_some() && answer.is_none() {
                // Answers come in the order of the requests, but they may have arrived between the
                // two polls. If the statement is still without one, it was sent after COMMIT.
                poll_once(statement.as_mut(), &mut answer, cx);
                out_of_order = answer.is_none();
            }
        }
        if first && order == Order::AtOnce {
            // All three messages are queued: whatever becomes of this future, the server ends the
            // transaction.
            commit.flight.land();
        }
        first = false;
        if out_of_order || (begun.is_some() && answer.is_some()) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }))
    .await;
    if out_of_order {
        commit.flight.lose();
        return Err(ScopeError::OutOfOrder.into());
    }
    let result = match (begun, answer) {
        (Some(Err(error)), _) => Err(error),
        (_, Some(answer)) => answer,
        (_, None) => Err(Error::BrokenTransactionManager),
    };
    match result {
        Ok(head) => Ok((head, commit)),
        Err(error) => {
            Count::Rollback.one();
            if order == Order::Afterwards {
                if batch(ground.pg, "ROLLBACK").await.is_ok() {
                    commit.flight.land();
                }
            } else {
                // It is answered with a rollback, and the statement's error says why.
                let _ = commit.finish().await;
            }
            Err(error)
        }
    }
}

pub(super) fn poll_once<F: Future + ?Sized>(
    future: Pin<&mut F>,
    output: &mut Option<F::Output>,
    cx: &mut Context<'_>,
) {
    if output.is_none()
        && let Poll::Ready(value) = future.poll(cx)
    {
        *output = Some(value);
    }
}
