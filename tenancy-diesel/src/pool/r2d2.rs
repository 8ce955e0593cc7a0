//! Scopes from an [r2d2](https://docs.rs/r2d2) pool, on synchronous connections.
//!
//! The pool is Diesel's own: its size, its timeouts and its hooks are set with
//! `diesel::r2d2::Pool::builder()`.
//!
//! r2d2 tests each connection when it is taken, which costs a round trip. `test_on_check_out(false)` saves
//! it: a connection that has failed is discarded when it is returned, and one that has died in the meantime
//! shows at its first statement. Behind PgBouncer in transaction mode always switch the test off. It
//! prepares a statement, and what it finds is only that PgBouncer is there: the next statement may run on
//! another server.
//!
//! ```no_run
//! # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
//! # include!("../doc/setup.rs");
//! # fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use tenancy_diesel::r2d2::{ConnectionManager, Pool};
//!
//! let manager = ConnectionManager::new("postgres://app@localhost/shop");
//! let pool = Pool::builder().max_size(8).test_on_check_out(false).build(manager)?;
//! let pool = schema::TenantPool::<Pool>::builder(pool).build()?;
//!
//! let mut conn = pool.scope(Uuid::from_u128(7))?;
//! # Ok(())
//! # }
//! # }
//! ```

use diesel::PgConnection;

use super::{CheckoutError, ScopePool, Sealed, SyncScopePool};
use crate::scoped::Blocking;

/// Diesel's manager.
pub type ConnectionManager = diesel::r2d2::ConnectionManager<PgConnection>;

/// The pool that [`TenantPool::builder`](super::TenantPool::builder) takes.
pub type Pool = diesel::r2d2::Pool<ConnectionManager>;

/// A connection on loan. It returns to the pool when it is dropped.
pub type Lease = diesel::r2d2::PooledConnection<ConnectionManager>;

impl Sealed for Pool {}
impl ScopePool for Pool {
    type Kind = Blocking;
    type Lease = Lease;
}

impl SyncScopePool for Pool {
    fn lease(&self) -> Result<Lease, CheckoutError> {
        // r2d2 has one error: none was free, or none could be opened, in its time.
        self.get()
            .map_err(|error| CheckoutError::TimedOut(Box::new(error)))
    }
}
