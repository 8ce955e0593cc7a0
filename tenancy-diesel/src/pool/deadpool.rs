//! Scopes from a [deadpool](https://docs.rs/deadpool) pool.
//!
//! The pool is deadpool's own, over our [`ConnectionManager`]: its size, its timeouts and its hooks are set
//! with [`Pool::builder`]. deadpool waits without end for a connection, unless it has a `wait_timeout` and a
//! [`Runtime`] to measure it by.
//!
//! diesel-async tests each connection when it is taken, which costs a round trip. `RecyclingMethod::Fast`
//! saves it: a connection that has failed is discarded, and one that has died in the meantime shows at its
//! first statement. Behind PgBouncer in transaction mode always set it. The test prepares a statement, and
//! what it finds is only that PgBouncer is there: the next statement may run on another server.
//!
//! ```no_run
//! # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
//! # include!("../doc/setup.rs");
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use diesel_async::pooled_connection::{
//!     AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
//! };
//! use std::time::Duration;
//! use tenancy_diesel::deadpool::{ConnectionManager, Pool, Runtime};
//!
//! let mut config = ManagerConfig::default();
//! config.recycling_method = RecyclingMethod::Fast;
//! let url = "postgres://app@localhost/shop";
//! let manager = AsyncDieselConnectionManager::new_with_config(url, config);
//! let pool = Pool::builder(ConnectionManager::from(manager))
//!     .max_size(8)
//!     .wait_timeout(Some(Duration::from_secs(5)))
//!     .runtime(Runtime::Tokio1)
//!     .build()?;
//! let pool = schema::TenantPool::<Pool>::builder(pool).build().await?;
//!
//! let mut conn = pool.scope(Uuid::from_u128(7)).await?;
//! # Ok(())
//! # }
//! # }
//! ```

use std::ops::{Deref, DerefMut};

use deadpool::managed::{Manager, Metrics, Object, PoolError as GetError, RecycleResult};
use diesel_async::pooled_connection::PoolError;
use diesel_async::{AnsiTransactionManager, TransactionManager};

use super::{AsyncScopePool, CheckoutError, ScopePool, Sealed};
use crate::scoped::Awaiting;

pub use super::manager::{Connection, ConnectionManager};
pub use deadpool::Runtime;

/// The pool that [`TenantPool::builder`](super::TenantPool::builder) takes.
pub type Pool = deadpool::managed::Pool<ConnectionManager>;

/// A connection on loan. It returns to the pool when it is dropped.
pub type Lease = super::Lease<Loan>;

impl Manager for ConnectionManager {
    type Type = Connection;
    type Error = PoolError;

    async fn create(&self) -> Result<Connection, PoolError> {
        Ok(self.remember(self.inner.create().await?))
    }

    async fn recycle(&self, conn: &mut Connection, metrics: &Metrics) -> RecycleResult<PoolError> {
        self.inner.recycle(&mut conn.pg, metrics).await
    }
}

impl Sealed for Pool {}
impl ScopePool for Pool {
    type Kind = Awaiting;
    type Lease = Lease;
}

impl AsyncScopePool for Pool {
    async fn lease(&self) -> Result<Lease, CheckoutError> {
        let lease = self
            .get()
            .await
            .map(|object| super::Lease(Loan(Some(object))));
        lease.map_err(|error| match error {
            GetError::Timeout(_) => CheckoutError::TimedOut(Box::new(error)),
            _ => CheckoutError::Failed(Box::new(error)),
        })
    }
}

/// What a [`Lease`] holds: an object of deadpool, until it is dropped.
///
/// deadpool looks at an object when it is taken next. Until then a broken connection would keep its
/// transaction open, and its locks, so it leaves the pool at once.
#[derive(Debug)]
pub struct Loan(Option<Object<ConnectionManager>>);

impl Drop for Loan {
    fn drop(&mut self) {
        if let Some(mut object) = self.0.take()
            && AnsiTransactionManager::is_broken_transaction_manager(&mut object.pg)
        {
            drop(Object::take(object));
        }
    }
}

#[expect(clippy::expect_used, reason = "only `drop` takes the object")]
impl Deref for Loan {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0.as_ref().expect("the object is there until the end")
    }
}

#[expect(clippy::expect_used, reason = "only `drop` takes the object")]
impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut Connection {
        self.0.as_mut().expect("the object is there until the end")
    }
}
