//! The pools of every kind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

use std::time::Duration;

use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod,
};
use tenancy_diesel::{bb8, deadpool, r2d2};

use crate::schema::TenantPool;

/// How long a pool waits for a connection of which there is none.
const PATIENCE: Duration = Duration::from_millis(500);

/// A bb8 pool before it is checked.
pub async fn raw_bb8(url: &str, size: u32) -> bb8::Pool {
    ::bb8::Pool::builder()
        .max_size(size)
        .test_on_check_out(false)
        .connection_timeout(PATIENCE)
        .build(bb8::ConnectionManager::new(url))
        .await
        .unwrap()
}

/// A deadpool pool before it is checked.
pub fn raw_deadpool(url: &str, size: u32) -> deadpool::Pool {
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    deadpool::Pool::builder(deadpool::ConnectionManager::from(manager))
        .max_size(size as usize)
        .wait_timeout(Some(PATIENCE))
        .runtime(deadpool::Runtime::Tokio1)
        .build()
        .unwrap()
}

/// An r2d2 pool before it is checked.
pub fn raw_r2d2(url: &str, size: u32) -> r2d2::Pool {
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(0))
        .test_on_check_out(false)
        .connection_timeout(PATIENCE)
        .build(r2d2::ConnectionManager::new(url))
        .unwrap()
}

/// A pool of bb8.
pub async fn bb8(url: &str, size: u32) -> TenantPool {
    let pool = raw_bb8(url, size).await;
    TenantPool::builder(pool).build().await.unwrap()
}

/// A pool of deadpool.
pub async fn deadpool(url: &str, size: u32) -> TenantPool<deadpool::Pool> {
    let pool = raw_deadpool(url, size);
    TenantPool::builder(pool).build().await.unwrap()
}

/// A pool of r2d2.
pub fn r2d2(url: &str, size: u32) -> TenantPool<r2d2::Pool> {
    TenantPool::builder(raw_r2d2(url, size)).build().unwrap()
}

/// Pools that take a database without row-level security, for the control of a test.
pub mod unchecked {
    use super::{TenantPool, raw_bb8, raw_deadpool, raw_r2d2};

    const REASON: &str = "the control of a test: row-level security is off on purpose";

    /// A pool of bb8.
    pub async fn bb8(url: &str, size: u32) -> TenantPool {
        let pool = TenantPool::builder(raw_bb8(url, size).await);
        let pool = pool.dangerously_skip_boot_check(REASON);
        pool.build().await.unwrap()
    }

    /// A pool of deadpool.
    pub async fn deadpool(url: &str, size: u32) -> TenantPool<tenancy_diesel::deadpool::Pool> {
        let pool = TenantPool::builder(raw_deadpool(url, size));
        let pool = pool.dangerously_skip_boot_check(REASON);
        pool.build().await.unwrap()
    }

    /// A pool of r2d2.
    pub fn r2d2(url: &str, size: u32) -> TenantPool<tenancy_diesel::r2d2::Pool> {
        let pool = TenantPool::builder(raw_r2d2(url, size));
        pool.dangerously_skip_boot_check(REASON).build().unwrap()
    }
}

/// Runs a test on a pool of each asynchronous kind, with connections to this database.
#[macro_export]
macro_rules! each_async_pool {
    ($url:expr, $size:expr, |$pool:ident| $test:expr) => {{
        let (url, size): (String, u32) = ($url, $size);
        {
            let $pool = $crate::pools::bb8(&url, size).await;
            $test
        }
        {
            let $pool = $crate::pools::deadpool(&url, size).await;
            $test
        }
    }};
}
