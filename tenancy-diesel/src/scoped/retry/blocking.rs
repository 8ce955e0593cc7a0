use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::result::Error;

use super::{Attempts, Next, Outcome, Retry, StatementError, outcome};
use crate::observe::{self, Count};
use crate::scoped::connection::Blocking;
use crate::scoped::{Scoped, ScopedTransactionManager, SyncScopeConnection, TransactionBuilder};
use crate::{ScopeError, SqlTenantId};

impl<C: SyncScopeConnection, Id: SqlTenantId> TransactionBuilder<'_, C, Id, Blocking> {
    /// Runs the closure in the transaction, and again in a fresh one when the server could not order it
    /// among others: after a serialization failure and after a deadlock.
    ///
    /// The closure is run several times, so it must not do what cannot be undone. It has to return the
    /// error of the statement that failed; see [`StatementError`].
    ///
    /// ```
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../../doc/setup.rs");
    /// # use tenancy_diesel::Retry;
    /// # fn run(conn: &mut Conn, id: Uuid) -> QueryResult<usize> {
    /// conn.build_transaction().serializable().retry(Retry::new(), |conn| {
    ///     let name: String = projects::table.find(id).select(projects::name).first(conn)?;
    ///     update(projects::table.find(id)).set(projects::name.eq(name + "!")).execute(conn)
    /// })
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    /// As `run`; the last attempt's error when all have failed; and [`ScopeError::OutcomeUnknown`] when the
    /// connection was lost during COMMIT, after which nothing is run again.
    pub fn retry<F, R, E>(&mut self, retry: Retry, mut callback: F) -> Result<R, E>
    where
        F: FnMut(&mut Scoped<C, Id>) -> Result<R, E>,
        E: From<Error> + StatementError,
    {
        let mut attempts = Attempts::new(retry);
        loop {
            let begin = self.begin()?;
            let scope = &mut *self.scope;
            scope.state.forget_failures();
            Count::RoundTrip.one();
            AnsiTransactionManager::begin_transaction_sql(scope.conn.pg(), &begin)?;
            let closure = scope.state.enter_closure();
            let span = observe::transaction(&scope.tenant, scope.namespace.as_deref());
            let result = span.in_scope(|| callback(scope));
            closure.end();
            match end(scope, result, &mut attempts) {
                Next::Done(result) => return result,
                Next::Again(wait) => std::thread::sleep(wait),
            }
        }
    }
}

fn end<C, Id, R, E>(
    scope: &mut Scoped<C, Id>,
    result: Result<R, E>,
    attempts: &mut Attempts,
) -> Next<R, E>
where
    C: SyncScopeConnection,
    Id: SqlTenantId,
    E: From<Error> + StatementError,
{
    match result {
        Ok(value) => match ScopedTransactionManager::commit_transaction(scope) {
            Ok(()) => Next::Done(Ok(value)),
            Err(error) => {
                let is_over = match outcome(&error) {
                    Outcome::RolledBack => true,
                    Outcome::AskSession => scope.conn.pg().batch_execute("SELECT").is_ok(),
                    Outcome::Unknown => false,
                };
                if is_over {
                    return attempts.rolled_back(E::from(error));
                }
                scope.conn.give_up();
                Next::Done(Err(Error::from(ScopeError::OutcomeUnknown).into()))
            }
        },
        Err(error) => match ScopedTransactionManager::rollback_transaction(scope) {
            Ok(()) => attempts.rolled_back(error),
            // The connection is marked as broken; the caller's error says why.
            Err(_) => Next::Done(Err(error)),
        },
    }
}
