use diesel::result::Error;
use diesel_async::{SimpleAsyncConnection, TransactionManager};
#[cfg(any(feature = "bb8", feature = "deadpool"))]
use scoped_futures::ScopedBoxFuture;
use tracing::instrument::Instrument;

use super::{Attempts, Next, Outcome, Retry, StatementError, outcome};
use crate::observe;
use crate::scoped::asynchronous::{ScopeFn, begin_with_first_statement};
use crate::scoped::connection::Awaiting;
use crate::scoped::{
    AsyncScopeConnection, AsyncScopedTransactionManager, Scoped, TransactionBuilder,
};
use crate::{ScopeError, SqlTenantId};

impl<C: AsyncScopeConnection, Id: SqlTenantId> TransactionBuilder<'_, C, Id, Awaiting> {
    /// Runs the closure in the transaction, and again in a fresh one when the server could not order it
    /// among others: after a serialization failure and after a deadlock.
    ///
    /// Each attempt runs a clone of the closure, so what it captures by value is cloned. It must not do
    /// what cannot be undone, and has to return the error of the statement that failed; see
    /// [`StatementError`]. The waits are tokio's, whose runtime needs its timer.
    ///
    /// # Errors
    /// As `run`; the last attempt's error when all have failed; and [`ScopeError::OutcomeUnknown`] when the
    /// connection was lost during COMMIT, after which nothing is run again.
    pub async fn retry<F, R, E>(&mut self, retry: Retry, callback: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Scoped<C, Id>) -> Result<R, E>
            + ScopeFn<&'r mut Scoped<C, Id>, Result<R, E>, Future: Send>
            + Clone
            + Send,
        E: From<Error> + StatementError + Send,
        R: Send,
    {
        let mut attempts = Attempts::new(retry);
        loop {
            let begin = self.begin()?;
            let scope = &mut *self.scope;
            begin_with_first_statement(scope, begin.into())?;
            let attempt = callback.clone();
            let closure = scope.state.enter_closure();
            let span = observe::transaction(&scope.tenant, scope.namespace.as_deref());
            let result = attempt(&mut *scope).instrument(span).await;
            closure.end();
            match end(scope, result, &mut attempts).await {
                Next::Done(result) => return result,
                Next::Again(wait) => tokio::time::sleep(wait).await,
            }
        }
    }

    /// [`retry`](Self::retry) for a callback that returns a boxed future, which can be stored or be a trait
    /// object.
    ///
    /// # Errors
    /// As [`retry`](Self::retry).
    #[cfg(any(feature = "bb8", feature = "deadpool"))]
    pub async fn retry_boxed<'a, F, R, E>(&mut self, retry: Retry, mut callback: F) -> Result<R, E>
    where
        F: for<'r> FnMut(&'r mut Scoped<C, Id>) -> ScopedBoxFuture<'a, 'r, Result<R, E>> + Send,
        E: From<Error> + StatementError,
    {
        let mut attempts = Attempts::new(retry);
        loop {
            let begin = self.begin()?;
            let scope = &mut *self.scope;
            begin_with_first_statement(scope, begin.into())?;
            let closure = scope.state.enter_closure();
            let span = observe::transaction(&scope.tenant, scope.namespace.as_deref());
            let result = callback(scope).instrument(span).await;
            closure.end();
            match end(scope, result, &mut attempts).await {
                Next::Done(result) => return result,
                Next::Again(wait) => tokio::time::sleep(wait).await,
            }
        }
    }
}

async fn end<C, Id, R, E>(
    scope: &mut Scoped<C, Id>,
    result: Result<R, E>,
    attempts: &mut Attempts,
) -> Next<R, E>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    E: From<Error> + StatementError,
{
    match result {
        Ok(value) => match AsyncScopedTransactionManager::commit_transaction(scope).await {
            Ok(()) => Next::Done(Ok(value)),
            Err(error) => {
                let is_over = match outcome(&error) {
                    Outcome::RolledBack => true,
                    Outcome::AskSession => scope.conn.pg().batch_execute("SELECT").await.is_ok(),
                    Outcome::Unknown => false,
                };
                if is_over {
                    return attempts.rolled_back(E::from(error));
                }
                scope.conn.give_up();
                Next::Done(Err(Error::from(ScopeError::OutcomeUnknown).into()))
            }
        },
        Err(error) => match AsyncScopedTransactionManager::rollback_transaction(scope).await {
            Ok(()) => attempts.rolled_back(error),
            // The connection is marked as broken; the caller's error says why.
            Err(_) => Next::Done(Err(error)),
        },
    }
}
