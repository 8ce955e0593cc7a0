//! Ids as types of their own, so that they cannot be mistaken for each other.

use tenancy_diesel::TenantId;
use uuid::Uuid;

/// The id of an organisation, which is the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(Uuid);
