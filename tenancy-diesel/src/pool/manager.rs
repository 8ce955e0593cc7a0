use std::fmt;
use std::ops::DerefMut;

use diesel::connection::CacheSize;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;

use crate::scoped::{
    AsyncScopeConnection, Awaiting, KnownStatements, ScopeConnection, async_depth,
    async_end_session, async_give_up, sealed::Sealed,
};

/// The manager of an asynchronous pool: diesel-async's, with a memory of what is prepared on each
/// connection, so that a scope needs one round trip for it however often the connection changes hands.
#[derive(Debug)]
pub struct ConnectionManager {
    pub(super) inner: AsyncDieselConnectionManager<AsyncPgConnection>,
    cache: CacheSize,
}

impl ConnectionManager {
    /// Connects to this URL.
    pub fn new(database_url: impl Into<String>) -> Self {
        AsyncDieselConnectionManager::new(database_url).into()
    }

    /// Sets the size of the statement cache of each connection.
    ///
    /// `CacheSize::Disabled` is for a pooler in transaction mode that does not follow prepared statements: see
    /// [`pooler`](crate::pooler) for what else it takes. Each statement is then prepared in its transaction, which
    /// is one round trip more.
    ///
    /// A cache that was switched off by other means, such as `custom_setup`, is switched on again: the scope has
    /// to know.
    #[must_use]
    pub fn prepared_statement_cache_size(mut self, size: CacheSize) -> Self {
        self.cache = size;
        self
    }

    /// A new connection, with the memory that belongs to it.
    pub(super) fn remember(&self, mut pg: AsyncPgConnection) -> Connection {
        let known = KnownStatements::with_cache_size(&mut pg, self.cache);
        Connection { pg, known }
    }
}

/// Keeps diesel-async's own settings, such as TLS or the test of a connection before its reuse.
impl From<AsyncDieselConnectionManager<AsyncPgConnection>> for ConnectionManager {
    fn from(manager: AsyncDieselConnectionManager<AsyncPgConnection>) -> Self {
        ConnectionManager {
            inner: manager,
            cache: CacheSize::Unbounded,
        }
    }
}

/// A connection of the pool. It is used through a scope only.
pub struct Connection {
    pub(super) pg: AsyncPgConnection,
    /// It belongs to the connection, as the prepared statements themselves do.
    known: KnownStatements,
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

    fn end_session(&mut self, reset: &str) {
        async_end_session(&mut self.0.pg, reset);
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
