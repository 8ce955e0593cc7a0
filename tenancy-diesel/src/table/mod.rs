//! What a table of `tenant_schema!` is to the query builder.

mod column;
mod no_table;
mod part;
mod refusal;
mod relation;
mod same_tenant;
mod source;

pub use column::TenantColumn;
pub use no_table::{ModelTable, NoTable, StandsFor, UseTheFunctionsOfTenancyDiesel};
pub(crate) use part::Part;
pub use part::{Bernoulli, Only, Sample, System, Whole};
pub use refusal::{PlainJoin, ThroughDiesel, WritableColumn};
pub use relation::{Owner, Relation};
pub use same_tenant::SameTenant;
pub use source::{Hosts, OnlyScoped, ScopedSource};

use diesel::Table;
use diesel::query_builder::QueryId;

use tenancy_core::Registry;

use crate::SqlTenantId;

/// A `tenant_schema!`. Implemented by the macro.
pub trait Schema: 'static {
    /// Its tenant id. The type must be `pub`, since the tables, which are `pub`, name it.
    type Tenant: SqlTenantId;

    /// What it declares.
    const REGISTRY: &'static Registry;
}

/// A table of `tenant_schema!`, behind its sealed Diesel table. Implemented by the macro.
#[doc(hidden)]
pub trait ScopeTable: Table + Copy + Default + QueryId + 'static {
    /// The tenant id of the schema.
    type Tenant: SqlTenantId;
    /// Some column of the sealed table, which stands for all of them in trait bounds.
    type AnyColumn: diesel::Column<Table = Self>;
    /// Every column in the order of the schema file, the tenant column included.
    type Selection;
    /// The key without the tenant column.
    type Key;
    /// The type of the value `table`: the scoped table, or the table itself if it is shared.
    type Value;

    /// Where the rows are and whose they are.
    const RELATION: Relation;

    /// The value of [`ScopeTable::Selection`].
    fn selection() -> Self::Selection;
    /// The value of [`ScopeTable::Key`].
    fn key() -> Self::Key;
}

/// A table with rows of tenants: a base table of the class tenant, root or via. Implemented by
/// `tenant_schema!`.
#[diagnostic::on_unimplemented(
    message = "rows of `{Self}` cannot be written",
    note = "an alias reads its base table; name the base table in `insert_into`, `update` and `delete`",
    note = "a shared or excluded table is Diesel's own; derive `Identifiable` on its models"
)]
pub trait TenantTable: ScopeTable {}

/// A table that `tenant_schema!` lists as `shared` or `excluded`: a plain Diesel table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a shared table of a `tenant_schema!`",
    note = "only tables listed in `shared = [..]` or `excluded = [..]` can be lifted into a scope: the \
            table itself, before any filter",
    note = "a tenant table is in its scope already, and joins tables of its own `tenant_schema!` only"
)]
pub trait SharedTable: ScopeTable {}
