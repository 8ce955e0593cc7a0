//! Ids as types of their own, so that they cannot be mistaken for each other.

use tenancy_diesel::TenantId;
use uuid::Uuid;

/// The id of an organisation, which is the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(Uuid);

impl OrgId {
    /// The id of an organisation that is about to be.
    pub fn random() -> Self {
        OrgId(Uuid::new_v4())
    }

    /// What the database gave as the id of an organisation.
    pub(crate) fn of_database(id: Uuid) -> Self {
        OrgId(id)
    }
}
