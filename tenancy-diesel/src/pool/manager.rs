use std::fmt;
use std::ops::DerefMut;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;

use crate::scoped::{
    AsyncScopeConnection, Awaiting, KnownStatements, ScopeConnection, async_depth, async_give_up,
    sealed::Sealed,
};

/// The manager of an asynchronous pool: diesel-async's, with a memory of what is prepared on each
/// connection, so that a scope needs one round trip for it however often the connection changes hands.
#[derive(Debug)]
pub struct ConnectionManager(pub(super) AsyncDieselConnectionManager<AsyncPgConnection>);

impl ConnectionManager {
    /// Connects to this URL.
    pub fn new(database_url: impl Into<String>) -> Self {
        AsyncDieselConnectionManager::new(database_url).into()
    }
}

/// Keeps diesel-async's own settings, such as TLS or the test of a connection before its reuse.
impl From<AsyncDieselConnectionManager<AsyncPgConnection>> for ConnectionManager {
    fn from(manager: AsyncDieselConnectionManager<AsyncPgConnection>) -> Self {
        ConnectionManager(manager)
    }
}

/// A connection of the pool. It is used through a scope only.
pub struct Connection {
    pub(super) pg: AsyncPgConnection,
    /// It belongs to the connection, as the prepared statements themselves do.
    known: KnownStatements,
}

impl Connection {
    pub(super) fn new(pg: AsyncPgConnection) -> Self {
        Connection {
            pg,
            known: KnownStatements::default(),
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").finish_non_exhaustive()
    }
}

/// A connection on loan from an asynchronous pool, in the pool's own form `L`.
#[derive(Debug)]
pub struct Lease<L>(pub(super) L);

impl<L> Sealed for Lease<L> {}

impl<L: DerefMut<Target = Connection>> ScopeConnection for Lease<L> {
    type Kind = Awaiting;

    fn depth(&mut self) -> Option<u32> {
        async_depth(&mut self.0.pg)
    }

    fn give_up(&mut self) {
        async_give_up(&mut self.0.pg);
    }

    fn discard_if_pooled(&mut self) {
        self.give_up();
    }

    fn known_statements(&mut self) -> KnownStatements {
        self.0.known.clone()
    }
}

impl<L: DerefMut<Target = Connection> + Send> AsyncScopeConnection for Lease<L> {
    fn pg(&mut self) -> &mut AsyncPgConnection {
        &mut self.0.pg
    }
}
