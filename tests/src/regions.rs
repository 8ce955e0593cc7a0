//! Tables with keys of several columns in two PostgreSQL schemas, whose tenant columns have other names,
//! and a second schema of the crate with the same tables and another type of tenant id.

use tenancy_diesel::TenantId;

/// The tenant id of the second schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
#[tenant_id(variable = "fleet.operator")]
pub struct Operator(pub i64);

tenancy_diesel::tenant_schema! {
    include = ["regions/public.rs", "regions/archive.rs"],
    tenant = company: i32,
    tenant_columns = [archive::sites.owner, archive::machines.belongs_to],
    joins = [
        machines.(country, site) -> sites,
        archive::machines.(country, site) -> archive::sites,
        archive::sites.(country, number) -> sites,
    ],
    aliases = [other_site = sites],
}

/// The same tables for tenants of another kind.
pub mod fleet {
    tenancy_diesel::tenant_schema! {
        include = "regions/fleet.rs",
        tenant = operator: super::Operator,
        joins = [machines.(country, site) -> sites],
    }
}
