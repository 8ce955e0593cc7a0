use std::sync::Arc;

use diesel::QueryResult;
use diesel::connection::TransactionManagerStatus;
use diesel::result::Error;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};

use tracing::instrument::Instrument;

use super::opening::{begin_unsent, end_unsent};
use crate::observe::{self, Count};
use crate::scoped::connection::Awaiting;
use crate::scoped::position::Position;
use crate::scoped::{AsyncScopeConnection, Scoped, TransactionBuilder};
use crate::{ScopeError, SqlTenantId};

/// Opens a scope's transactions with `BEGIN;SET LOCAL ..` and checks, before COMMIT, that the
/// transaction can still be committed.
#[derive(Debug, Clone, Copy)]
pub struct AsyncScopedTransactionManager;

impl<C: AsyncScopeConnection, Id: SqlTenantId> TransactionManager<Scoped<C, Id>>
    for AsyncScopedTransactionManager
{
    type TransactionStateData = AnsiTransactionManager;

    async fn begin_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        let position = scope.position()?;
        if position == Position::Free {
            let begin = Arc::clone(&scope.begin);
            return begin_with_first_statement(scope, begin);
        }
        Count::RoundTrip.one();
        let flight = scope.state.take_off();
        let result = match position {
            Position::Borrowed => {
                scope.state.forget_failures();
                match AnsiTransactionManager::begin_transaction(scope.conn.pg()).await {
                    Ok(()) => scope.conn.pg().batch_execute(&scope.set).await,
                    error => error,
                }
            }
            Position::Free | Position::Session | Position::Inside => savepoint(scope).await,
        };
        flight.land();
        result
    }

    async fn rollback_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        scope.refuse_if_cut_off()?;
        if scope.state.take_opening().is_some() {
            return end_unsent(scope.conn.pg(), false);
        }
        Count::RoundTrip.one();
        Count::Rollback.one();
        let flight = scope.state.take_off();
        let result = AnsiTransactionManager::rollback_transaction(scope.conn.pg()).await;
        flight.land();
        result
    }

    async fn commit_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        scope.refuse_if_cut_off()?;
        if scope.state.take_opening().is_some() {
            return end_unsent(scope.conn.pg(), true);
        }
        Count::RoundTrip.one();
        let flight = scope.state.take_off();
        let result = commit(scope).await;
        flight.land();
        result
    }

    /// As diesel-async's, and a closure whose future is dropped gives the connection up.
    #[allow(
        clippy::manual_async_fn,
        reason = "an `async fn` would ask for longer lifetimes than the trait"
    )]
    fn transaction<'a, 'conn, F, R, E>(
        scope: &'conn mut Scoped<C, Id>,
        callback: F,
    ) -> impl Future<Output = Result<R, E>> + Send + 'conn
    where
        for<'r> F: AsyncFnOnce(&'r mut Scoped<C, Id>) -> Result<R, E>
            + ScopeFn<&'r mut Scoped<C, Id>, Result<R, E>, Future: Send>
            + Send
            + 'a,
        E: From<Error> + Send,
        R: Send,
        'a: 'conn,
    {
        async move {
            let callback = callback;
            Self::begin_transaction(scope).await?;
            in_transaction(scope, callback).await
        }
    }

    fn transaction_manager_status_mut(scope: &mut Scoped<C, Id>) -> &mut TransactionManagerStatus {
        AnsiTransactionManager::transaction_manager_status_mut(scope.conn.pg())
    }

    fn is_broken_transaction_manager(scope: &mut Scoped<C, Id>) -> bool {
        AnsiTransactionManager::is_broken_transaction_manager(scope.conn.pg())
    }
}

/// Begins a transaction without sending anything: BEGIN goes with the first statement, and a transaction without
/// one costs nothing.
pub(crate) fn begin_with_first_statement<C, Id>(
    scope: &mut Scoped<C, Id>,
    begin: Arc<str>,
) -> QueryResult<()>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
{
    begin_unsent(scope.conn.pg())?;
    scope.state.forget_failures();
    scope.state.begin_with_next(begin);
    Ok(())
}

/// A savepoint, before which the transaction around it has begun.
async fn savepoint<C, Id>(scope: &mut Scoped<C, Id>) -> QueryResult<()>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
{
    if let Some(begin) = scope.state.take_opening() {
        scope.conn.pg().batch_execute(&begin).await?;
    }
    AnsiTransactionManager::begin_transaction(scope.conn.pg()).await
}

/// Runs the closure of a transaction that has begun, and ends it as the result says.
pub(super) async fn in_transaction<C, Id, F, R, E>(
    scope: &mut Scoped<C, Id>,
    callback: F,
) -> Result<R, E>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    for<'r> F: AsyncFnOnce(&'r mut Scoped<C, Id>) -> Result<R, E>
        + ScopeFn<&'r mut Scoped<C, Id>, Result<R, E>, Future: Send>,
    E: From<Error>,
{
    let span = observe::transaction(&scope.tenant, scope.namespace.as_deref());
    let closure = scope.state.enter_closure();
    let result = callback(&mut *scope).instrument(span).await;
    closure.end();
    finish_transaction(scope, result).await
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> TransactionBuilder<'_, C, Id, Awaiting> {
    /// Runs the closure in the transaction, as `transaction` does.
    ///
    /// # Errors
    /// [`AlreadyInTransaction`](Error::AlreadyInTransaction) in a transaction, which has its options; else as
    /// `transaction`.
    pub async fn run<F, R, E>(&mut self, callback: F) -> Result<R, E>
    where
        for<'r> F: AsyncFnOnce(&'r mut Scoped<C, Id>) -> Result<R, E>
            + ScopeFn<&'r mut Scoped<C, Id>, Result<R, E>, Future: Send>
            + Send,
        E: From<Error> + Send,
        R: Send,
    {
        let begin = self.begin()?;
        let scope = &mut *self.scope;
        begin_with_first_statement(scope, begin.into())?;
        in_transaction(scope, callback).await
    }
}

async fn commit<C: AsyncScopeConnection, Id: SqlTenantId>(
    scope: &mut Scoped<C, Id>,
) -> QueryResult<()> {
    let outermost = scope.state.is_outermost(scope.conn.depth());
    if outermost && scope.state.is_borrowed() {
        // RELEASE SAVEPOINT keeps the variable; the transaction around must not.
        let unset = scope.unset();
        if scope.conn.pg().batch_execute(&unset).await.is_err() {
            AnsiTransactionManager::rollback_transaction(scope.conn.pg()).await?;
            return Err(ScopeError::RolledBack.into());
        }
    } else if outermost && scope.state.has_failed() {
        // In a failed transaction every statement is an error, but COMMIT is answered with a
        // silent ROLLBACK.
        if scope.conn.pg().batch_execute("SELECT").await.is_err() {
            AnsiTransactionManager::rollback_transaction(scope.conn.pg()).await?;
            return Err(ScopeError::RolledBack.into());
        }
    }
    AnsiTransactionManager::commit_transaction(scope.conn.pg()).await
}

/// An `async` closure whose future can be named, as diesel-async has it for its transactions.
#[doc(hidden)]
pub trait ScopeFn<T, R>:
    AsyncFnOnce(T) -> R + FnOnce(T) -> <Self as ScopeFn<T, R>>::Future
{
    type Future: Future<Output = R>;
}

impl<F, T, Fut, R> ScopeFn<T, R> for F
where
    F: AsyncFnOnce(T) -> R + FnOnce(T) -> Fut,
    Fut: Future<Output = R>,
{
    type Future = Fut;
}

/// COMMIT or ROLLBACK. An error of ROLLBACK only marks the connection as broken.
pub(super) async fn end(pg: &mut AsyncPgConnection, commit: bool) -> QueryResult<()> {
    if commit {
        AnsiTransactionManager::commit_transaction(pg).await
    } else {
        let _ = AnsiTransactionManager::rollback_transaction(pg).await;
        Ok(())
    }
}

/// Ends the transaction around a closure as its result says.
pub(crate) async fn finish_transaction<C, Id, R, E>(
    scope: &mut Scoped<C, Id>,
    result: Result<R, E>,
) -> Result<R, E>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    E: From<Error>,
{
    match result {
        Ok(value) => {
            AsyncScopedTransactionManager::commit_transaction(scope).await?;
            Ok(value)
        }
        Err(error) => {
            // A failed ROLLBACK marks the connection as broken; the caller's error says why.
            let _ = AsyncScopedTransactionManager::rollback_transaction(scope).await;
            Err(error)
        }
    }
}
