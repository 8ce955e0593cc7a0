//! What the integration tests share: a schema, its models and its databases.

pub mod bouncer;
pub mod database;
pub mod ids;
pub mod models;
pub mod plain;
pub mod pools;
pub mod redis;
pub mod regions;
pub mod schema;
pub mod sealed;

use tenancy_diesel::TenantId;
use uuid::Uuid;

/// The tenant id of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, TenantId)]
pub struct OrgId(pub Uuid);

/// Tenant A, whose rows the tests expect.
pub const A: OrgId = OrgId(Uuid::from_u128(0xa));
/// Tenant B, whose rows have the same keys.
pub const B: OrgId = OrgId(Uuid::from_u128(0xb));
