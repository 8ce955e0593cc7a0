//! Tasks of tenants in the queue of apalis-postgres.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod erasing;
mod forging;
mod running;
mod world;

/// The tables of the application.
pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "generated.rs",
        tenant = tenant_id: i32,
    }
}
