//! Caches from outside: what every store must hold to, with the one in this process, and what is that store's own.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "what the tests share stops a test at the first failure, and nobody else sees it"
)]

mod failing;
mod frames;
mod memory;
mod model;
mod suite;

fn store() -> tenancy_core::cache::MemoryStore {
    tenancy_core::cache::MemoryStore::new(64 << 20)
}

mod in_memory {
    async fn store() -> tenancy_core::cache::MemoryStore {
        crate::store()
    }

    crate::suite::every_claim!(store);
}
