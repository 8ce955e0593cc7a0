//! Compile-time tenant scoping for Diesel.
mod ambient;
#[cfg(feature = "bb8")]
pub mod bb8;
mod error;
mod model;
mod policy;
mod query;
mod scoped;
mod table;
mod tenant;
mod write;

pub use error::ScopeError;
pub use model::*;
pub use policy::{OnMissing, PolicyOptions, PolicySql, bootstrap_sql, policy_sql};
pub use query::*;
pub use scoped::*;
pub use table::{OnlyScoped, ReadOnly, ScopedSource, TenantColumn, TenantTable};
pub use tenancy_core::*;
pub use tenancy_derive::{TenantId, TenantScoped, tenant_schema};
pub use tenant::SqlTenantId;
pub use write::*;

#[doc(hidden)]
pub mod __private {
    pub use crate::table::{Owner, Relation, ScopeTable, SharedTable, TenantTable};
    pub use crate::write::{DeleteTarget, InsertTarget, UpdateTarget};
    pub use tenancy_derive::__table;
}

/// Diesel's prelude with the names of this crate in it.
pub mod prelude {
    pub use diesel::prelude::*;

    #[cfg(feature = "postgres")]
    pub use crate::model::SaveChangesDsl;
    pub use crate::model::{ScopedBelongingToDsl, TenantQuery};
    pub use crate::query::{ScopedOnDsl, scoped};
    pub use crate::scoped::Scoped;
    pub use crate::write::{delete, insert_into, update};
    pub use crate::{SqlTenantId, TenantId, TenantScoped};
    pub use diesel::associations::GroupedBy;
}
