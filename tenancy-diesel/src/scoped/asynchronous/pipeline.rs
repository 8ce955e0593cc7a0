//! A statement in a transaction of its own, in as few round trips as its state allows.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use diesel::QueryResult;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures_core::future::BoxFuture;
use futures_util::{FutureExt, StreamExt};

use super::{PgRow, RawRows};
use crate::ScopeError;
use crate::observe::Count;
use crate::scoped::position::Flight;

/// The rows of a SELECT that are held back until COMMIT has succeeded. A longer result streams.
pub(super) const HELD_BACK: usize = 64;

/// The first rows of a result, and the rest if there are more than `limit`.
pub(super) async fn head(
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

/// Sends `sql` as a simple query, sharing the connection with other messages.
pub(super) fn batch<'c>(
    mut pg: &'c AsyncPgConnection,
    sql: &'c str,
) -> BoxFuture<'c, QueryResult<()>> {
    async move { pg.batch_execute(sql).await }.boxed()
}

/// The end of the transaction that a statement runs in. Await it after the rows.
pub(super) type Commit<'c> = BoxFuture<'c, QueryResult<()>>;

/// Runs `begin` and `statement`, and COMMIT right behind them if the statement is known to be
/// prepared. Otherwise COMMIT is sent by whoever awaits the returned future.
///
/// After an error the transaction is rolled back. The connection has landed unless that failed.
pub(super) async fn drive<'c, H>(
    pg: &'c AsyncPgConnection,
    begin: &'c str,
    statement: impl Future<Output = QueryResult<H>> + Send,
    known: bool,
    flight: &Flight,
) -> QueryResult<(H, Commit<'c>)> {
    let mut begin = batch(pg, begin);
    let mut statement = std::pin::pin!(statement);
    let mut commit = batch(pg, "COMMIT");
    let (mut begun, mut answer, mut committed) = (None, None, None);
    let mut out_of_order = false;
    let mut first = true;
    // diesel-async takes locks of tokio's before it sends the statement. A task that has spent its
    // budget would find them busy, and COMMIT, which takes none, would be sent first.
    tokio::task::unconstrained(poll_fn(|cx| {
        poll_once(begin.as_mut(), &mut begun, cx);
        poll_once(statement.as_mut(), &mut answer, cx);
        if known && committed.is_none() {
            poll_once(commit.as_mut(), &mut committed, cx);
            if committed.is_some() && answer.is_none() {
                // Answers come in the order of the requests, but they may have arrived between the
                // two polls. If the statement is still without one, it was sent after COMMIT.
                poll_once(statement.as_mut(), &mut answer, cx);
                out_of_order = answer.is_none();
            }
        }
        if first && known {
            // All three messages are queued: whatever becomes of this future, the server ends the
            // transaction.
            flight.land();
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
        flight.lose();
        return Err(ScopeError::OutOfOrder.into());
    }
    let result = match (begun, answer) {
        (Some(Err(error)), _) => Err(error),
        (_, Some(answer)) => answer,
        (_, None) => Err(diesel::result::Error::BrokenTransactionManager),
    };
    match (result, known) {
        (Ok(head), true) => Ok((
            head,
            match committed {
                Some(result) => std::future::ready(result).boxed(),
                None => commit,
            },
        )),
        (Ok(head), false) => Ok((head, commit)),
        (Err(error), true) => {
            // The server answers COMMIT with a rollback.
            Count::Rollback.one();
            if committed.is_none() {
                let _ = commit.await;
            }
            Err(error)
        }
        (Err(error), false) => {
            Count::Rollback.one();
            if batch(pg, "ROLLBACK").await.is_ok() {
                flight.land();
            }
            Err(error)
        }
    }
}

fn poll_once<F: Future + ?Sized>(
    future: Pin<&mut F>,
    output: &mut Option<F::Output>,
    cx: &mut std::task::Context<'_>,
) {
    if output.is_none()
        && let Poll::Ready(value) = future.poll(cx)
    {
        *output = Some(value);
    }
}
