use crate::SqlTenantId;
use crate::policy::{MigrationFile, MigrationFiles};

/// Writes the migration for the tables of the index: `search_documents`, and `search_by_word` with a row for each
/// different word of a document. The tenant's column is `tenant_id`, of the tenant's type.
///
/// They are tables of the application. `diesel print-schema` sees them, `tenant_schema!` takes them for tenant
/// tables, and `policy_sql` writes their policies and grants: until that migration has run, nobody but the owner
/// reaches them.
///
/// ```
/// use tenancy_diesel::search::SearchTables;
///
/// let migrations = SearchTables::of::<i64>().migrations();
/// assert!(migrations.as_slice()[0].up().contains("tenant_id int8 NOT NULL"));
/// // migrations.write_to("migrations", "2026-11-25-120000")?;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchTables {
    tenant_type: &'static str,
}

impl SearchTables {
    /// The tables for this type of tenant.
    pub fn of<Id: SqlTenantId>() -> Self {
        SearchTables {
            tenant_type: Id::PG_TYPE,
        }
    }

    /// One migration, for the application's own directory.
    pub fn migrations(&self) -> MigrationFiles {
        MigrationFiles(vec![MigrationFile {
            name: "search".to_owned(),
            up: UP.replace("{type}", self.tenant_type),
            down: DOWN.to_owned(),
            run_in_transaction: true,
        }])
    }
}

const UP: &str = include_str!("up.sql");
const DOWN: &str = include_str!("down.sql");
