//! The two kinds of connection behind one trait. A synchronous one answers with futures that are ready.

use std::time::Duration;

use diesel::pg::Pg;
use diesel::query_builder::{BoxedSqlQuery, SqlQuery};
use diesel::{QueryResult, QueryableByName};

use crate::audit::Report;
use crate::scoped::Closure;
use crate::{Registry, ScopeConnection, ScopeError, Scoped, SqlTenantId};

pub(super) type Query = BoxedSqlQuery<'static, Pg, SqlQuery>;

#[cfg(feature = "sealed")]
pub(super) type Sealing<'a> = Option<&'a tenancy_core::sealed::Sealer>;
/// Nothing is sealed.
#[cfg(not(feature = "sealed"))]
pub(super) type Sealing<'a> = Option<&'a std::convert::Infallible>;

/// A connection of the eraser.
pub(super) trait Door: Send {
    type Link<'c, Id: SqlTenantId>: Link
    where
        Self: 'c;

    /// The scope of a tenant on it.
    fn open<Id: SqlTenantId>(
        &mut self,
        tenant: Id,
        sealing: Sealing<'_>,
    ) -> Result<Self::Link<'_, Id>, ScopeError>;

    fn is_free(&mut self) -> bool;

    /// What the auditor finds about its role.
    fn audit(&mut self, registry: &Registry) -> impl Future<Output = QueryResult<Report>> + Send;
}

fn open<C: ScopeConnection, Id: SqlTenantId>(
    conn: C,
    tenant: Id,
    sealing: Sealing<'_>,
) -> Result<Scoped<C, Id>, ScopeError> {
    let scope = Scoped::open(conn, tenant)?;
    #[cfg(feature = "sealed")]
    if let Some(sealer) = sealing {
        return Ok(scope.with_sealer(sealer));
    }
    #[cfg(not(feature = "sealed"))]
    let _ = sealing;
    Ok(scope)
}

/// A scope on a connection of the eraser.
pub(super) trait Link: Send {
    fn begin(&mut self) -> impl Future<Output = QueryResult<Closure>> + Send;

    fn set(&mut self, settings: &str) -> impl Future<Output = QueryResult<()>> + Send;

    fn load<T>(&mut self, query: Query) -> impl Future<Output = QueryResult<Vec<T>>> + Send
    where
        T: QueryableByName<Pg> + Send + 'static;

    fn execute(&mut self, query: Query) -> impl Future<Output = QueryResult<usize>> + Send;

    fn end(&mut self, commit: bool) -> impl Future<Output = QueryResult<()>> + Send;

    fn pause(&mut self, time: Duration) -> impl Future<Output = ()> + Send;
}

#[cfg(feature = "async")]
mod asynchronous {
    use std::time::Duration;

    use diesel::pg::Pg;
    use diesel::{QueryResult, QueryableByName};
    use diesel_async::{
        AnsiTransactionManager, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection,
        TransactionManager,
    };

    use super::{Door, Link, Query, Sealing, open};
    use crate::audit::{Audit, Report};
    use crate::scoped::{AsyncScopedTransactionManager as Manager, Closure};
    use crate::{Registry, ScopeError, Scoped, SqlTenantId};

    impl Door for AsyncPgConnection {
        type Link<'c, Id: SqlTenantId> = Asynchronous<'c, Id>;

        fn open<Id: SqlTenantId>(
            &mut self,
            tenant: Id,
            sealing: Sealing<'_>,
        ) -> Result<Asynchronous<'_, Id>, ScopeError> {
            Ok(Asynchronous(open(self, tenant, sealing)?))
        }

        fn is_free(&mut self) -> bool {
            let status = AnsiTransactionManager::transaction_manager_status_mut(self);
            matches!(status.transaction_depth(), Ok(None))
        }

        async fn audit(&mut self, registry: &Registry) -> QueryResult<Report> {
            Audit::boot(registry).run_async(self).await
        }
    }

    pub(crate) struct Asynchronous<'c, Id: SqlTenantId>(Scoped<&'c mut AsyncPgConnection, Id>);

    impl<Id: SqlTenantId> Link for Asynchronous<'_, Id> {
        async fn begin(&mut self) -> QueryResult<Closure> {
            Manager::begin_transaction(&mut self.0).await?;
            Ok(self.0.enter_closure())
        }

        async fn set(&mut self, settings: &str) -> QueryResult<()> {
            self.0.batch_execute(settings).await
        }

        async fn load<T>(&mut self, query: Query) -> QueryResult<Vec<T>>
        where
            T: QueryableByName<Pg> + Send + 'static,
        {
            RunQueryDsl::load(query, &mut self.0).await
        }

        async fn execute(&mut self, query: Query) -> QueryResult<usize> {
            RunQueryDsl::execute(query, &mut self.0).await
        }

        async fn end(&mut self, commit: bool) -> QueryResult<()> {
            if commit {
                Manager::commit_transaction(&mut self.0).await
            } else {
                Manager::rollback_transaction(&mut self.0).await
            }
        }

        async fn pause(&mut self, time: Duration) {
            tokio::time::sleep(time).await;
        }
    }
}

#[cfg(feature = "postgres")]
mod blocking {
    use std::thread;
    use std::time::Duration;

    use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
    use diesel::pg::Pg;
    use diesel::{PgConnection, QueryResult, QueryableByName, RunQueryDsl};

    use super::{Door, Link, Query, Sealing, open};
    use crate::audit::{Audit, Report};
    use crate::scoped::{Closure, ScopedTransactionManager as Manager};
    use crate::{Registry, ScopeError, Scoped, SqlTenantId};

    impl Door for PgConnection {
        type Link<'c, Id: SqlTenantId> = Blocking<'c, Id>;

        fn open<Id: SqlTenantId>(
            &mut self,
            tenant: Id,
            sealing: Sealing<'_>,
        ) -> Result<Blocking<'_, Id>, ScopeError> {
            Ok(Blocking(open(self, tenant, sealing)?))
        }

        fn is_free(&mut self) -> bool {
            let status = AnsiTransactionManager::transaction_manager_status_mut(self);
            matches!(status.transaction_depth(), Ok(None))
        }

        async fn audit(&mut self, registry: &Registry) -> QueryResult<Report> {
            Audit::boot(registry).run(self)
        }
    }

    pub(crate) struct Blocking<'c, Id: SqlTenantId>(Scoped<&'c mut PgConnection, Id>);

    impl<Id: SqlTenantId> Link for Blocking<'_, Id> {
        async fn begin(&mut self) -> QueryResult<Closure> {
            Manager::begin_transaction(&mut self.0)?;
            Ok(self.0.enter_closure())
        }

        async fn set(&mut self, settings: &str) -> QueryResult<()> {
            self.0.batch_execute(settings)
        }

        async fn load<T>(&mut self, query: Query) -> QueryResult<Vec<T>>
        where
            T: QueryableByName<Pg> + Send + 'static,
        {
            query.load(&mut self.0)
        }

        async fn execute(&mut self, query: Query) -> QueryResult<usize> {
            query.execute(&mut self.0)
        }

        async fn end(&mut self, commit: bool) -> QueryResult<()> {
            if commit {
                Manager::commit_transaction(&mut self.0)
            } else {
                Manager::rollback_transaction(&mut self.0)
            }
        }

        async fn pause(&mut self, time: Duration) {
            thread::sleep(time);
        }
    }
}
