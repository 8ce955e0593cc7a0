//! The connections that a scope can hold.

#[cfg(feature = "async")]
use diesel_async::AsyncPgConnection;

#[cfg(feature = "async")]
use super::KnownStatements;

pub(crate) mod sealed {
    pub trait Sealed {}
}

/// The kind of a synchronous connection.
#[doc(hidden)]
#[derive(Debug)]
#[cfg(feature = "postgres")]
pub enum Blocking {}

/// The kind of an asynchronous connection.
#[doc(hidden)]
#[derive(Debug)]
#[cfg(feature = "async")]
pub enum Awaiting {}

/// A connection that [`Scoped`](super::Scoped) can hold: `PgConnection` or `AsyncPgConnection`, owned,
/// borrowed with `&mut`, or from a pool.
#[diagnostic::on_unimplemented(
    message = "a scope cannot be opened on `{Self}`",
    note = "use `PgConnection` or `AsyncPgConnection`, owned, as `&mut`, or from a supported pool",
    note = "a scope keeps its tenant: for another tenant, open a scope on the connection after this one \
            is dropped, or on another connection"
)]
pub trait ScopeConnection: sealed::Sealed {
    /// [`Blocking`] or [`Awaiting`].
    #[doc(hidden)]
    type Kind;

    /// How many transactions are open, as Diesel's transaction manager counts; `None` when it knows
    /// that the connection is broken.
    #[doc(hidden)]
    fn depth(&mut self) -> Option<u32>;

    /// Marks the connection as broken.
    #[doc(hidden)]
    fn give_up(&mut self);

    /// Sends the last statement of a scope. The connection is given up where it cannot be sent.
    #[doc(hidden)]
    fn end_session(&mut self, reset: &str);

    /// Marks a pool's connection as broken, after SQL that may have changed the session.
    #[doc(hidden)]
    fn discard_if_pooled(&mut self) {}

    /// The statements that are prepared on this connection.
    #[cfg(feature = "async")]
    #[doc(hidden)]
    fn known_statements(&mut self) -> KnownStatements {
        KnownStatements::default()
    }
}

/// A synchronous connection that a scope can hold.
#[cfg(feature = "postgres")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a synchronous PostgreSQL connection",
    note = "on an asynchronous connection, import `diesel_async::RunQueryDsl` and `.await` the call"
)]
pub trait SyncScopeConnection: ScopeConnection<Kind = Blocking> + Send {
    #[doc(hidden)]
    fn pg(&mut self) -> &mut diesel::PgConnection;
}

/// An asynchronous connection that a scope can hold.
#[cfg(feature = "async")]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an asynchronous PostgreSQL connection",
    note = "on a synchronous connection, use `diesel::RunQueryDsl` without `.await`"
)]
pub trait AsyncScopeConnection: ScopeConnection<Kind = Awaiting> + Send {
    #[doc(hidden)]
    fn pg(&mut self) -> &mut AsyncPgConnection;
}

#[cfg(feature = "postgres")]
mod sync {
    use diesel::PgConnection;
    use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};

    use super::{Blocking, ScopeConnection, SyncScopeConnection, sealed::Sealed};

    impl Sealed for PgConnection {}
    impl Sealed for &mut PgConnection {}

    pub(crate) fn depth(conn: &mut PgConnection) -> Option<u32> {
        AnsiTransactionManager::transaction_manager_status_mut(conn)
            .transaction_depth()
            .ok()
            .map(|depth| depth.map_or(0, |d| d.get()))
    }

    pub(crate) fn give_up(conn: &mut PgConnection) {
        AnsiTransactionManager::transaction_manager_status_mut(conn).set_in_error();
    }

    fn end_session(conn: &mut PgConnection, reset: &str) {
        if conn.batch_execute(reset).is_err() {
            give_up(conn);
        }
    }

    macro_rules! plain {
        ($($connection:ty),*) => {$(
            impl ScopeConnection for $connection {
                type Kind = Blocking;

                fn depth(&mut self) -> Option<u32> {
                    depth(self)
                }

                fn give_up(&mut self) {
                    give_up(self);
                }

                fn end_session(&mut self, reset: &str) {
                    end_session(self, reset);
                }
            }

            impl SyncScopeConnection for $connection {
                fn pg(&mut self) -> &mut PgConnection {
                    self
                }
            }
        )*};
    }

    plain!(PgConnection, &mut PgConnection);

    #[cfg(feature = "r2d2")]
    mod r2d2 {
        use diesel::PgConnection;
        use diesel::r2d2::{ConnectionManager, PooledConnection};

        use super::{
            Blocking, ScopeConnection, Sealed, SyncScopeConnection, depth, end_session, give_up,
        };

        type Lease = PooledConnection<ConnectionManager<PgConnection>>;

        impl Sealed for Lease {}
        impl ScopeConnection for Lease {
            type Kind = Blocking;

            fn depth(&mut self) -> Option<u32> {
                depth(self)
            }

            fn give_up(&mut self) {
                give_up(self);
            }

            fn end_session(&mut self, reset: &str) {
                end_session(self, reset);
            }

            fn discard_if_pooled(&mut self) {
                give_up(self);
            }
        }
        impl SyncScopeConnection for Lease {
            fn pg(&mut self) -> &mut PgConnection {
                self
            }
        }
    }
}

#[cfg(feature = "async")]
mod asynchronous {
    use std::task::Poll;

    use diesel_async::{AnsiTransactionManager, AsyncPgConnection, TransactionManager};

    use super::{AsyncScopeConnection, Awaiting, ScopeConnection, sealed::Sealed};
    use crate::scoped::asynchronous::send;

    impl Sealed for AsyncPgConnection {}
    impl Sealed for &mut AsyncPgConnection {}

    pub(crate) fn depth(conn: &mut AsyncPgConnection) -> Option<u32> {
        AnsiTransactionManager::transaction_manager_status_mut(conn)
            .transaction_depth()
            .ok()
            .map(|depth| depth.map_or(0, |d| d.get()))
    }

    pub(crate) fn give_up(conn: &mut AsyncPgConnection) {
        AnsiTransactionManager::transaction_manager_status_mut(conn).set_in_error();
    }

    /// Nobody waits for the answer, but what comes after it on this connection is behind it in line.
    pub(crate) fn end_session(conn: &mut AsyncPgConnection, reset: &str) {
        let failed = matches!(send(conn, reset), Poll::Ready(Err(_)));
        if failed {
            give_up(conn);
        }
    }

    macro_rules! plain {
        ($($connection:ty),*) => {$(
            impl ScopeConnection for $connection {
                type Kind = Awaiting;

                fn depth(&mut self) -> Option<u32> {
                    depth(self)
                }

                fn give_up(&mut self) {
                    give_up(self);
                }

                fn end_session(&mut self, reset: &str) {
                    end_session(self, reset);
                }
            }

            impl AsyncScopeConnection for $connection {
                fn pg(&mut self) -> &mut AsyncPgConnection {
                    self
                }
            }
        )*};
    }

    plain!(AsyncPgConnection, &mut AsyncPgConnection);

    /// diesel-async's own pools.
    #[cfg(any(feature = "bb8", feature = "deadpool"))]
    mod leases {
        use diesel_async::AsyncPgConnection;

        use super::{
            AsyncScopeConnection, Awaiting, ScopeConnection, Sealed, depth, end_session, give_up,
        };

        macro_rules! lease {
            ($lease:ty) => {
                impl Sealed for $lease {}
                impl ScopeConnection for $lease {
                    type Kind = Awaiting;

                    fn depth(&mut self) -> Option<u32> {
                        depth(self)
                    }

                    fn give_up(&mut self) {
                        give_up(self);
                    }

                    fn end_session(&mut self, reset: &str) {
                        end_session(self, reset);
                    }

                    fn discard_if_pooled(&mut self) {
                        give_up(self);
                    }
                }
                impl AsyncScopeConnection for $lease {
                    fn pg(&mut self) -> &mut AsyncPgConnection {
                        self
                    }
                }
            };
        }

        #[cfg(feature = "bb8")]
        lease!(diesel_async::pooled_connection::bb8::PooledConnection<'_, AsyncPgConnection>);
        #[cfg(feature = "deadpool")]
        lease!(diesel_async::pooled_connection::deadpool::Object<AsyncPgConnection>);
    }
}

#[cfg(any(feature = "bb8", feature = "deadpool"))]
pub(crate) use asynchronous::{
    depth as async_depth, end_session as async_end_session, give_up as async_give_up,
};
