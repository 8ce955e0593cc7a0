//! Row-level-security policies and roles, written from the registry.
//!
//! Pure text: nothing here opens a connection. [`policy_sql`] writes what goes into a Diesel
//! migration's `up.sql` and `down.sql`, [`bootstrap_sql`] the script that creates the roles.
//!
//! Both are meant to be read before they run. What `up.sql` would have to change for good (a
//! nullable tenant column, privileges or policies that were there before) it refuses instead, with
//! the statement that settles it, so that `down.sql` puts back exactly what was there.

mod bootstrap;
mod citus;
mod columns;
pub(crate) mod command;
pub(crate) mod deparsed;
mod diff;
mod files;
mod force;
mod leftover;
mod live;
mod name;
mod online;
mod options;
mod partition;
pub(crate) mod predicate;
mod preflight;
mod script;
mod sequence;
mod shared;
mod table;
mod tenant_column;
#[cfg(test)]
mod tests;

pub use bootstrap::bootstrap_sql;
pub use citus::DistributionError;
pub use diff::{Differs, PolicyDiff, PolicyDiffError, PolicyDifference};
pub use files::{MigrationFile, MigrationFiles};
pub use live::{FromDatabase, KeyFinding, LiveSchema, LiveSchemaError};
pub use options::{OnMissing, PolicyOptions};
pub use script::PolicySql;
pub(crate) use table::security;

use tenancy_core::Registry;

use online::plain as plain_name;

/// Writes the policies of a schema with the default options: the application connects as `app`,
/// and without a tenant it sees no rows.
///
/// [`PolicyOptions`] has the other choices.
///
/// # Panics
/// When the registry contradicts itself: see [`PolicyOptions::generate`]. `tenant_schema!` writes no
/// such registry.
///
/// ```
/// use tenancy_diesel::{Class, Registry, Table, policy_sql};
///
/// const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
///     path: "projects",
///     schema: None,
///     name: "projects",
///     class: Class::Tenant { column: "tenant_id" },
///     columns: &[],
///     primary_key: &["tenant_id", "id"],
///     encrypted: &[],
/// }]);
///
/// let policies = policy_sql(&REGISTRY);
/// assert!(policies.up().contains(r#"ALTER TABLE "projects" FORCE ROW LEVEL SECURITY;"#));
/// assert!(policies.down().contains(r#"DROP POLICY IF EXISTS "tenancy_scope" ON "projects";"#));
/// ```
pub fn policy_sql(registry: &Registry) -> PolicySql {
    PolicyOptions::new().generate(registry)
}
