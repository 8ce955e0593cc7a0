use diesel::QueryResult;
use diesel::connection::TransactionManagerStatus;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection, TransactionManager,
};

use crate::scoped::position::Position;
use crate::scoped::{AsyncScopeConnection, Scoped};
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
        match scope.state.position(scope.conn.depth())? {
            Position::Free => {
                scope.state.failure().forget();
                AnsiTransactionManager::begin_transaction_sql(scope.conn.pg(), &scope.begin).await
            }
            Position::Borrowed => {
                scope.state.failure().forget();
                AnsiTransactionManager::begin_transaction(scope.conn.pg()).await?;
                scope.conn.pg().batch_execute(&scope.set).await
            }
            Position::Inside => AnsiTransactionManager::begin_transaction(scope.conn.pg()).await,
        }
    }

    async fn rollback_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        AnsiTransactionManager::rollback_transaction(scope.conn.pg()).await
    }

    async fn commit_transaction(scope: &mut Scoped<C, Id>) -> QueryResult<()> {
        let outermost = scope.state.is_outermost(scope.conn.depth());
        if outermost && scope.state.is_borrowed() {
            // RELEASE SAVEPOINT keeps the variable; the transaction around must not.
            let unset = Scoped::<C, Id>::unset();
            if scope.conn.pg().batch_execute(&unset).await.is_err() {
                AnsiTransactionManager::rollback_transaction(scope.conn.pg()).await?;
                return Err(ScopeError::RolledBack.into());
            }
        } else if outermost && scope.state.failure().happened() {
            // In a failed transaction every statement is an error, but COMMIT is answered with a
            // silent ROLLBACK.
            if scope.conn.pg().batch_execute("SELECT").await.is_err() {
                AnsiTransactionManager::rollback_transaction(scope.conn.pg()).await?;
                return Err(ScopeError::RolledBack.into());
            }
        }
        AnsiTransactionManager::commit_transaction(scope.conn.pg()).await
    }

    fn transaction_manager_status_mut(scope: &mut Scoped<C, Id>) -> &mut TransactionManagerStatus {
        AnsiTransactionManager::transaction_manager_status_mut(scope.conn.pg())
    }

    fn is_broken_transaction_manager(scope: &mut Scoped<C, Id>) -> bool {
        AnsiTransactionManager::is_broken_transaction_manager(scope.conn.pg())
    }
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
#[cfg(feature = "bb8")]
pub(crate) async fn finish_transaction<C, Id, R, E>(
    scope: &mut Scoped<C, Id>,
    result: Result<R, E>,
) -> Result<R, E>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
    E: From<diesel::result::Error>,
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
