//! Scopes from a [bb8](https://docs.rs/bb8) pool.
//!
//! The pool is bb8's own, over our [`ConnectionManager`]: its size, its timeouts and its hooks are set with
//! `bb8::Pool::builder()`.
//!
//! bb8 tests each connection when it is taken, which costs a round trip. `test_on_check_out(false)` saves
//! it: a connection that has failed is discarded when it is returned, and one that has died in the meantime
//! shows at its first statement. Behind PgBouncer in transaction mode always switch the test off. It
//! prepares a statement, and what it finds is only that PgBouncer is there: the next statement may run on
//! another server.
//!
//! ```no_run
//! # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
//! # include!("../doc/setup.rs");
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use tenancy_diesel::bb8::ConnectionManager;
//!
//! let manager = ConnectionManager::new("postgres://app@localhost/shop");
//! let pool = bb8::Pool::builder().max_size(8).test_on_check_out(false).build(manager).await?;
//! let pool = schema::TenantPool::builder(pool).build().await?;
//!
//! let mut conn = pool.scope(Uuid::from_u128(7)).await?;
//! # Ok(())
//! # }
//! # }
//! ```

use std::ops::{Deref, DerefMut};

use bb8::{ManageConnection, PooledConnection, RunError};
use diesel_async::pooled_connection::PoolError;

use super::{AsyncScopePool, CheckoutError, ScopePool, Sealed};
use crate::scoped::Awaiting;

pub use super::manager::{Connection, ConnectionManager};

/// The pool that [`TenantPool::builder`](super::TenantPool::builder) takes.
pub type Pool = bb8::Pool<ConnectionManager>;

/// A connection on loan. It returns to the pool when it is dropped.
pub type Lease = super::Lease<Loan>;

/// What a [`Lease`] holds: a connection of bb8.
///
/// It hides the lifetime of bb8's type. With it in the type of a scope, a spawned task that borrows something in
/// the closure of a transaction would not compile: rustc would ask for the closure at all lifetimes.
#[derive(Debug)]
pub struct Loan(PooledConnection<'static, ConnectionManager>);

impl Deref for Loan {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

impl ManageConnection for ConnectionManager {
    type Connection = Connection;
    type Error = PoolError;

    async fn connect(&self) -> Result<Connection, PoolError> {
        Ok(self.remember(self.inner.connect().await?))
    }

    async fn is_valid(&self, conn: &mut Connection) -> Result<(), PoolError> {
        self.inner.is_valid(&mut conn.pg).await
    }

    fn has_broken(&self, conn: &mut Connection) -> bool {
        self.inner.has_broken(&mut conn.pg)
    }
}

impl Sealed for Pool {}
impl ScopePool for Pool {
    type Kind = Awaiting;
    type Lease = Lease;
}

impl AsyncScopePool for Pool {
    async fn lease(&self) -> Result<Lease, CheckoutError> {
        let lease = self.get_owned().await.map(|conn| super::Lease(Loan(conn)));
        lease.map_err(|error| match error {
            RunError::TimedOut => CheckoutError::TimedOut(Box::new(error)),
            RunError::User(_) => CheckoutError::Failed(Box::new(error)),
        })
    }
}
