//! A transaction begins together with its first statement.

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
    let mut begin = pin!(batch(ground.pg, &begin));
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
