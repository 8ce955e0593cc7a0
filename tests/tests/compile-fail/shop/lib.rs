//! What the cases share. The schema is small, so that the types in the messages stay short, and its
//! own, so that the messages do not change when the schema of the other tests does.

use tenancy_diesel::TenantId;

pub use diesel::{Connection, PgConnection, QueryResult};
pub use diesel_async::AsyncPgConnection;
pub use schema::{Scoped, TenantPool, countries, parent, projects, tasks};
pub use tenancy_diesel::prelude::*;

/// The tenant id of the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
pub struct OrgId(pub i32);

/// An id of something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
pub struct UserId(pub i32);

/// The tables of the shop.
pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "schema.rs",
        tenant = tenant_id: super::OrgId,
        shared = [countries],
        joins = [tasks.project_id -> projects],
        aliases = [parent = projects],
    }
}

/// Tables of another application, whose tenants have ids of another type.
pub mod clinic {
    /// The tenant id of the clinic.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, tenancy_diesel::TenantId)]
    pub struct ClinicId(pub i32);

    tenancy_diesel::tenant_schema! {
        include = "clinic.rs",
        tenant = clinic_id: ClinicId,
    }
}

/// Tables with encrypted columns.
pub mod vault {
    use tenancy_diesel::encryption::{BlindIndexSpec, Normaliser};

    /// E-mail addresses.
    pub const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);

    tenancy_diesel::tenant_schema! {
        include = "vault.rs",
        tenant = tenant_id: super::OrgId,
        encrypted = [accounts.api_key as "accounts.api_key", accounts.recovery as "accounts.recovery"],
        blind_indexes = [accounts.email_index as "accounts.email": EMAIL],
    }
}

/// A project.
#[derive(Debug, Clone, Queryable, Selectable, AsChangeset, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Project {
    /// The key within the tenant.
    pub id: i32,
    /// The name.
    pub name: String,
}

/// A project to insert.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = projects)]
pub struct NewProject {
    /// The key within the tenant.
    pub id: i32,
    /// The name.
    pub name: String,
    /// The country's code.
    pub country: String,
}

/// A row of `projects`.
pub type ProjectRow = (OrgId, i32, String, String);
