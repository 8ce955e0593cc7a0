//! Who shares the database.

use tenancy_diesel::TenantId;
use uuid::Uuid;

/// The id of an organisation. As a type of its own it cannot be mistaken for any other id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(Uuid);

/// An organisation, and how much of everything it has.
#[derive(Debug)]
pub(crate) struct Tenant {
    pub(crate) id: OrgId,
    pub(crate) name: &'static str,
    pub(crate) country: &'static str,
    pub(crate) members: i32,
    pub(crate) projects: i32,
    pub(crate) tasks: i32,
    /// What it logs in to its chat with.
    pub(crate) token: &'static str,
}

pub(crate) const ACME: Tenant = Tenant {
    id: OrgId(Uuid::from_u128(0xacce_0000_0000_4000_8000_0000_0000_0001)),
    name: "Acme",
    country: "us",
    members: 24,
    projects: 12,
    tasks: 600,
    token: "acme-opens-the-door",
};

pub(crate) const GLOBEX: Tenant = Tenant {
    id: OrgId(Uuid::from_u128(0x910b_0000_0000_4000_8000_0000_0000_0002)),
    name: "Globex",
    country: "de",
    members: 15,
    projects: 8,
    tasks: 400,
    token: "globex-has-a-secret",
};

pub(crate) const INITECH: Tenant = Tenant {
    id: OrgId(Uuid::from_u128(0x1417_0000_0000_4000_8000_0000_0000_0003)),
    name: "Initech",
    country: "ie",
    members: 6,
    projects: 5,
    tasks: 250,
    token: "initech-tells-nobody",
};

pub(crate) const TENANTS: [&Tenant; 3] = [&ACME, &GLOBEX, &INITECH];
