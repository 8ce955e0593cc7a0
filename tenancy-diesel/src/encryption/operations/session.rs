//! The two kinds of connection behind one trait. A synchronous one answers with futures that are ready.

use std::time::Duration;

use diesel::QueryResult;

use super::statement::{Row, Statement};
use super::{Limits, OperationError};
use crate::scoped::Closure;
use crate::timeout::milliseconds;
use crate::{Registry, SqlTenantId};

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// A page that is written.
    Write,
    /// A page that is only read: the server refuses to write.
    DryRun,
    /// A scan of whole columns.
    Scan,
}

/// A scope that runs statements of operations.
pub(crate) trait Session: Send {
    type Id: SqlTenantId;

    fn tenant(&self) -> &Self::Id;

    /// Whether a transaction is open.
    fn is_in_transaction(&mut self) -> bool;

    /// Opens a transaction of the scope. Unless the closure is ended, the connection counts as cut off.
    fn begin(&mut self) -> impl Future<Output = QueryResult<Closure>> + Send;

    fn set(&mut self, settings: &str) -> impl Future<Output = QueryResult<()>> + Send;

    fn rows(&mut self, statement: Statement) -> impl Future<Output = QueryResult<Vec<Row>>> + Send;

    fn end(&mut self, commit: bool) -> impl Future<Output = QueryResult<()>> + Send;

    fn pause(&mut self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// Refuses a scope that an operation cannot work in.
pub(super) fn check<S: Session>(
    session: &mut S,
    registry: &Registry,
) -> Result<(), OperationError> {
    if session.is_in_transaction() {
        return Err(OperationError::InTransaction);
    }
    if registry.variable != session.tenant().variable() || registry.tenant_type != S::Id::PG_TYPE {
        return Err(OperationError::OtherSchema);
    }
    Ok(())
}

/// A transaction of the scope.
#[must_use]
pub(super) struct Transaction {
    closure: Closure,
    mode: Mode,
}

impl Transaction {
    pub(super) async fn begin<S: Session>(
        session: &mut S,
        limits: &Limits,
        mode: Mode,
    ) -> Result<Self, OperationError> {
        let closure = session.begin().await?;
        let set = session.set(&settings(limits, mode)).await;
        let transaction = Transaction { closure, mode };
        match set {
            Ok(()) => Ok(transaction),
            Err(error) => transaction.finish(session, Err(error.into())).await,
        }
    }

    /// Commits what succeeded, and rolls back the rest.
    pub(super) async fn finish<S: Session, R>(
        self,
        session: &mut S,
        result: Result<R, OperationError>,
    ) -> Result<R, OperationError> {
        self.closure.end();
        let commit = result.is_ok() && self.mode != Mode::DryRun;
        let end = session.end(commit).await;
        let value = result?;
        end?;
        Ok(value)
    }
}

/// One statement in a transaction of its own.
pub(super) async fn read<S: Session>(
    session: &mut S,
    limits: &Limits,
    statement: Statement,
) -> Result<Vec<Row>, OperationError> {
    let transaction = Transaction::begin(session, limits, Mode::Scan).await?;
    let rows = session.rows(statement).await.map_err(Into::into);
    transaction.finish(session, rows).await
}

/// READ COMMITTED, whatever the role's default is, so that each statement sees what others have
/// committed. The rest makes the texts of keys the same on every server.
fn settings(limits: &Limits, mode: Mode) -> String {
    let (access, timeout) = match mode {
        Mode::Write => ("READ WRITE", limits.statement_timeout),
        Mode::DryRun => ("READ ONLY", limits.statement_timeout),
        Mode::Scan => ("READ ONLY", limits.scan_timeout),
    };
    format!(
        "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, {access};\
         SET LOCAL statement_timeout = {};\
         SET LOCAL lock_timeout = {};\
         SET LOCAL datestyle = 'ISO, YMD';\
         SET LOCAL intervalstyle = 'postgres';\
         SET LOCAL timezone = 'UTC';\
         SET LOCAL bytea_output = 'hex';\
         SET LOCAL extra_float_digits = 1",
        milliseconds(timeout),
        milliseconds(limits.lock_timeout),
    )
}

#[cfg(feature = "postgres")]
pub(crate) use sync::Blocking;

#[cfg(feature = "postgres")]
mod sync {
    use std::thread;
    use std::time::Duration;

    use diesel::connection::{SimpleConnection, TransactionManager};
    use diesel::{QueryResult, RunQueryDsl};

    use super::{Closure, Row, Session, Statement};
    use crate::scoped::{ScopedTransactionManager, SyncScopeConnection};
    use crate::{Scoped, SqlTenantId};

    pub(crate) struct Blocking<'a, C: SyncScopeConnection, Id: SqlTenantId>(
        pub(crate) &'a mut Scoped<C, Id>,
    );

    type Manager = ScopedTransactionManager;

    impl<C: SyncScopeConnection, Id: SqlTenantId> Session for Blocking<'_, C, Id> {
        type Id = Id;

        fn tenant(&self) -> &Id {
            self.0.tenant()
        }

        fn is_in_transaction(&mut self) -> bool {
            let status = Manager::transaction_manager_status_mut(self.0);
            matches!(status.transaction_depth(), Ok(Some(_)))
        }

        async fn begin(&mut self) -> QueryResult<Closure> {
            Manager::begin_transaction(self.0)?;
            Ok(self.0.enter_closure())
        }

        async fn set(&mut self, settings: &str) -> QueryResult<()> {
            self.0.batch_execute(settings)
        }

        async fn rows(&mut self, statement: Statement) -> QueryResult<Vec<Row>> {
            statement.load(self.0)
        }

        async fn end(&mut self, commit: bool) -> QueryResult<()> {
            if commit {
                Manager::commit_transaction(self.0)
            } else {
                Manager::rollback_transaction(self.0)
            }
        }

        async fn pause(&mut self, time: Duration) {
            thread::sleep(time);
        }
    }
}

#[cfg(feature = "async")]
pub(crate) use asynchronous::Asynchronous;

#[cfg(feature = "async")]
mod asynchronous {
    use std::time::Duration;

    use diesel::QueryResult;
    use diesel_async::{RunQueryDsl, SimpleAsyncConnection, TransactionManager};

    use super::{Closure, Row, Session, Statement};
    use crate::scoped::{AsyncScopeConnection, AsyncScopedTransactionManager};
    use crate::{Scoped, SqlTenantId};

    pub(crate) struct Asynchronous<'a, C: AsyncScopeConnection, Id: SqlTenantId>(
        pub(crate) &'a mut Scoped<C, Id>,
    );

    type Manager = AsyncScopedTransactionManager;

    impl<C: AsyncScopeConnection, Id: SqlTenantId> Session for Asynchronous<'_, C, Id> {
        type Id = Id;

        fn tenant(&self) -> &Id {
            self.0.tenant()
        }

        fn is_in_transaction(&mut self) -> bool {
            let status = Manager::transaction_manager_status_mut(self.0);
            matches!(status.transaction_depth(), Ok(Some(_)))
        }

        async fn begin(&mut self) -> QueryResult<Closure> {
            Manager::begin_transaction(self.0).await?;
            Ok(self.0.enter_closure())
        }

        async fn set(&mut self, settings: &str) -> QueryResult<()> {
            self.0.batch_execute(settings).await
        }

        async fn rows(&mut self, statement: Statement) -> QueryResult<Vec<Row>> {
            statement.load(self.0).await
        }

        async fn end(&mut self, commit: bool) -> QueryResult<()> {
            if commit {
                Manager::commit_transaction(self.0).await
            } else {
                Manager::rollback_transaction(self.0).await
            }
        }

        async fn pause(&mut self, time: Duration) {
            tokio::time::sleep(time).await;
        }
    }
}
