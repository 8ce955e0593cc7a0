//! What is sent together with the first statement of a transaction or of a session.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use diesel::QueryResult;
use diesel::connection::{InstrumentationEvent, TransactionDepthChange};
use diesel::result::Error;
use diesel_async::{
    AnsiTransactionManager, AsyncConnection, AsyncPgConnection, TransactionManager,
};

use super::drive::{batch, poll_once};
use super::statement::Ground;

/// Runs a statement of a transaction, and what begins the transaction before it if that has not been sent.
///
/// BEGIN is polled first and needs one poll to be sent, so nothing can overtake it, and a future that is
/// dropped later has sent it.
pub(super) async fn after_opening<R>(
    ground: Ground<'_>,
    statement: impl Future<Output = QueryResult<R>>,
) -> QueryResult<R> {
    let Some(begin) = ground.state.take_opening() else {
        return statement.await;
    };
    behind(ground.pg, &begin, statement).await
}

/// Sends `sql` and the statement behind it, and waits for both. The first poll sends `sql`.
async fn behind<R>(
    pg: &AsyncPgConnection,
    sql: &str,
    statement: impl Future<Output = QueryResult<R>>,
) -> QueryResult<R> {
    let mut begin = pin!(batch(pg, sql));
    let mut statement = pin!(statement);
    let (mut begun, mut answer) = (None, None);
    poll_fn(|cx| {
        poll_once(begin.as_mut(), &mut begun, cx);
        poll_once(statement.as_mut(), &mut answer, cx);
        if begun.is_some() && answer.is_some() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    match (begun, answer) {
        (Some(Err(error)), _) => Err(error),
        (_, Some(answer)) => answer,
        (_, None) => Err(Error::BrokenTransactionManager),
    }
}

/// Runs a statement outside of a transaction, and what sets the variable for the session before it if it is not set.
pub(super) async fn in_session<R>(
    ground: Ground<'_>,
    statement: impl Future<Output = QueryResult<R>>,
) -> QueryResult<R> {
    let session = ground.session;
    let Some(set) = session.and_then(|session| session.due(ground.set, ground.state.is_tainted()))
    else {
        return statement.await;
    };
    let result = behind(ground.pg, &set, statement).await;
    if let (Some(session), Err(_)) = (session, &result) {
        session.doubt();
    }
    result
}

/// Counts a transaction as begun of which nothing is sent yet.
pub(super) fn begin_unsent(pg: &mut AsyncPgConnection) -> QueryResult<()> {
    change_depth(pg, TransactionDepthChange::IncreaseDepth)?;
    pg.instrumentation()
        .on_connection_event(InstrumentationEvent::begin_transaction(
            std::num::NonZeroU32::MIN,
        ));
    Ok(())
}

/// Ends a transaction of which nothing was sent.
pub(super) fn end_unsent(pg: &mut AsyncPgConnection, commit: bool) -> QueryResult<()> {
    let depth = std::num::NonZeroU32::MIN;
    pg.instrumentation().on_connection_event(if commit {
        InstrumentationEvent::commit_transaction(depth)
    } else {
        InstrumentationEvent::rollback_transaction(depth)
    });
    change_depth(pg, TransactionDepthChange::DecreaseDepth)
}

fn change_depth(pg: &mut AsyncPgConnection, change: TransactionDepthChange) -> QueryResult<()> {
    AnsiTransactionManager::transaction_manager_status_mut(pg)
        .transaction_state()?
        .change_transaction_depth(change)
}
