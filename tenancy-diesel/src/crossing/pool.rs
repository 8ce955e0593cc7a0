use std::fmt;
use std::marker::PhantomData;

use super::error::Source;
use crate::ScopeConnection;
use crate::scoped::sealed::Sealed;

/// Where the connections of a [`CrossTenantPool`](super::CrossTenantPool) come from: a bb8 or deadpool pool of
/// diesel-async, or an r2d2 pool of Diesel.
#[diagnostic::on_unimplemented(
    message = "tenants cannot be crossed on the connections of `{Self}`",
    note = "use a pool of `AsyncPgConnection` of diesel-async with bb8 or deadpool, or of `PgConnection` of Diesel with r2d2; \
            the application's own `TenantPool` hands out scopes of one tenant and nothing else"
)]
pub trait CrossingConnections: Sealed {
    /// Whether they are awaited.
    #[doc(hidden)]
    type Kind;
    /// A connection on loan.
    #[doc(hidden)]
    type Lease: ScopeConnection<Kind = Self::Kind>;
}

/// Asynchronous connections.
#[cfg(any(feature = "bb8", feature = "deadpool"))]
#[doc(hidden)]
pub trait AsyncCrossingConnections:
    CrossingConnections<Kind = crate::scoped::Awaiting, Lease: crate::AsyncScopeConnection>
    + Send
    + Sync
{
    fn lease(&self) -> impl Future<Output = Result<Self::Lease, Source>> + Send;
}

/// Synchronous connections.
#[cfg(feature = "r2d2")]
#[doc(hidden)]
pub trait SyncCrossingConnections:
    CrossingConnections<Kind = crate::scoped::Blocking, Lease: crate::SyncScopeConnection>
{
    fn lease(&self) -> Result<Self::Lease, Source>;
}

#[cfg(feature = "bb8")]
mod with_bb8 {
    use diesel_async::AsyncPgConnection;
    use diesel_async::pooled_connection::bb8::{Pool, PooledConnection};

    use super::{AsyncCrossingConnections, CrossingConnections, Sealed, Source};

    impl Sealed for Pool<AsyncPgConnection> {}

    impl CrossingConnections for Pool<AsyncPgConnection> {
        type Kind = crate::scoped::Awaiting;
        type Lease = PooledConnection<'static, AsyncPgConnection>;
    }

    impl AsyncCrossingConnections for Pool<AsyncPgConnection> {
        async fn lease(&self) -> Result<Self::Lease, Source> {
            Ok(self.get_owned().await?)
        }
    }
}

#[cfg(feature = "deadpool")]
mod with_deadpool {
    use diesel_async::AsyncPgConnection;
    use diesel_async::pooled_connection::deadpool::{Object, Pool};

    use super::{AsyncCrossingConnections, CrossingConnections, Sealed, Source};

    impl Sealed for Pool<AsyncPgConnection> {}

    impl CrossingConnections for Pool<AsyncPgConnection> {
        type Kind = crate::scoped::Awaiting;
        type Lease = Object<AsyncPgConnection>;
    }

    impl AsyncCrossingConnections for Pool<AsyncPgConnection> {
        async fn lease(&self) -> Result<Self::Lease, Source> {
            Ok(self.get().await?)
        }
    }
}

#[cfg(feature = "r2d2")]
mod with_r2d2 {
    use diesel::PgConnection;
    use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};

    use super::{CrossingConnections, Sealed, Source, SyncCrossingConnections};

    impl Sealed for Pool<ConnectionManager<PgConnection>> {}

    impl CrossingConnections for Pool<ConnectionManager<PgConnection>> {
        type Kind = crate::scoped::Blocking;
        type Lease = PooledConnection<ConnectionManager<PgConnection>>;
    }

    impl SyncCrossingConnections for Pool<ConnectionManager<PgConnection>> {
        fn lease(&self) -> Result<Self::Lease, Source> {
            Ok(self.get()?)
        }
    }
}

/// Builds a [`CrossTenantPool`](super::CrossTenantPool).
#[must_use = "a builder does nothing unless `build` is called on it"]
pub struct Builder<P: CrossingConnections, K = <P as CrossingConnections>::Kind> {
    pub(super) reading: P,
    pub(super) recording: P,
    pub(super) app_role: String,
    kind: PhantomData<fn() -> K>,
}

impl<P: CrossingConnections> super::CrossTenantPool<P> {
    /// Begins with the pool that reads and the one that records.
    ///
    /// They may connect as one role or as two. With two, whoever gets hold of the reading role cannot write
    /// records. The recording pool needs few connections: one is taken for each record, and given back.
    pub fn builder(reading: P, recording: P) -> Builder<P> {
        Builder {
            reading,
            recording,
            app_role: crate::PolicyOptions::new().app,
            kind: PhantomData,
        }
    }
}

impl<P: CrossingConnections, K> Builder<P, K> {
    /// The role of the application, which must reach neither the two roles nor the records. It is
    /// `app`, as in [`PolicyOptions`](crate::PolicyOptions), unless it is set.
    pub fn app_role(mut self, role: impl Into<String>) -> Self {
        self.app_role = role.into();
        self
    }

    pub(super) fn checked(self, reader: String) -> super::CrossTenantPool<P, K> {
        super::CrossTenantPool {
            reading: self.reading,
            recording: self.recording,
            reader,
            kind: PhantomData,
        }
    }
}

impl<P: CrossingConnections, K> fmt::Debug for Builder<P, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("app_role", &self.app_role)
            .finish_non_exhaustive()
    }
}
