//! Caches in a real Redis: what every store must hold to, and what somebody with access to the server can do.

#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    reason = "what the tests share stops a test at the first failure, and nobody else sees it"
)]

mod access;
mod amounts;
mod forged;
mod outages;
#[path = "../../../tenancy-core/tests/cache/suite/mod.rs"]
mod suite;
mod support;

mod in_redis {
    use crate::support::FreshStore;

    crate::suite::every_claim!(FreshStore::new);
}
