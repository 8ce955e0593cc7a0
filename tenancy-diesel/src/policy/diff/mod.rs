//! What a live database has, compared with what the registry and the options want.

mod compare;
pub(super) mod read;

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::result::Error;
use tenancy_core::Registry;

use super::files::{MigrationFile, MigrationFiles};
use super::name::comment;
use super::{PolicyOptions, PolicySql};

/// Why a database could not be compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyDiffError {
    /// The catalog could not be read.
    #[error("the catalog of the database could not be read: {0}")]
    Database(#[from] Error),
    /// A table of the registry is not there.
    #[error("the table `{0}` of the registry is not in the database")]
    NoTable(String),
    /// There is nothing to compare a table's conditions with.
    #[error(
        "the conditions of `{table}` cannot be compared: run the migrations of `tenancy-migrations`, or \
         let a role compare that may create temporary tables: {source}"
    )]
    NoReference {
        /// The path of the table.
        table: String,
        /// Why no look-alike of it could be made.
        source: Error,
    },
}

/// What a table's conditions were compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReferenceSource {
    /// The policies on the reference tables of `tenancy-migrations`.
    ReferenceTables,
    /// The same policy on a temporary table like it, which was rolled back.
    LookAlike,
}

/// In what a table differs.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Differs {
    /// Row-level security is not enabled.
    NotEnabled,
    /// Row-level security does not hold for the owner.
    NotForced,
    /// The policy is not there.
    PolicyMissing(String),
    /// The policy is of another kind, or for another command.
    PolicyKind(String),
    /// The policy is for other roles.
    PolicyRoles(String),
    /// The policy's condition is not the canonical one.
    PolicyCondition(String),
    /// The policy is one of ours that the options do not ask for.
    PolicyLeft(String),
    /// The role, or PUBLIC, has other privileges.
    Privileges(String),
    /// The index is not there, or its build has failed.
    Index(String),
    /// The constraint is not there, or not validated.
    Constraint(String),
    /// The tenant column can be null.
    Nullable,
    /// The tenant column has no DEFAULT from the session.
    Default,
}

/// One difference, with the statements that settle it and those that bring it back.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyDifference {
    /// The path of the table in the registry.
    pub table: String,
    /// The table, or its partition or inheritance child, as SQL names it.
    pub relation: String,
    /// In what it differs.
    pub differs: Differs,
    up: String,
    down: String,
}

/// What differs between a live database and what the registry and the options want.
///
/// [`PolicyOptions::diff`] makes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDiff {
    differences: Vec<PolicyDifference>,
    sources: Vec<(String, ReferenceSource)>,
}

impl PolicyDiff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.differences.is_empty()
    }

    /// The differences, in the order of the registry.
    pub fn differences(&self) -> &[PolicyDifference] {
        &self.differences
    }

    /// What the conditions of a scoped table were compared with.
    pub fn source(&self, path: &str) -> Option<ReferenceSource> {
        self.sources
            .iter()
            .find(|(table, _)| table == path)
            .map(|(_, source)| *source)
    }

    /// The statements that settle the differences, and those that bring them back. Both are empty when
    /// nothing differs. Run them as the owner of the tables.
    pub fn sql(&self) -> PolicySql {
        if self.is_empty() {
            return PolicySql::from_texts(String::new(), String::new());
        }
        let mut up = comment("From what the database has to what the registry wants.");
        let mut down = comment("Back to what the database had.");
        for difference in &self.differences {
            up += &difference.up;
        }
        for difference in self.differences.iter().rev() {
            down += &difference.down;
        }
        PolicySql::from_texts(up, down)
    }

    /// The same as a Diesel migration; empty when nothing differs.
    pub fn migrations(&self) -> MigrationFiles {
        if self.is_empty() {
            return MigrationFiles(Vec::new());
        }
        let sql = self.sql();
        MigrationFiles(vec![MigrationFile {
            name: "tenancy_policy_changes".to_owned(),
            up: sql.up().to_owned(),
            down: sql.down().to_owned(),
            run_in_transaction: true,
        }])
    }
}

impl PolicyOptions {
    /// Compares a live database with what the registry and these options want: row-level security,
    /// policies with their conditions and roles, privileges, the index and the constraints of the tenant
    /// column; of tables, their partitions and inheritance children.
    ///
    /// Conditions are compared as the server shows them, with those of the reference tables that
    /// `tenancy_migrations::run` creates. Where these are missing, or a column has a type for which there
    /// are none, the policy is made on a temporary table like it and rolled back, for which the role needs
    /// TEMPORARY on the database and SELECT on the table. [`PolicyDiff::source`] says which it was.
    ///
    /// Nothing is changed. Policies by other names than this crate's are not looked at: permissive ones
    /// cannot widen what the guard lets through, and judging them is the auditor's work.
    ///
    /// # Errors
    /// [`PolicyDiffError`].
    ///
    /// # Panics
    /// As [`generate`](Self::generate).
    ///
    /// ```no_run
    /// use diesel::prelude::*;
    /// use tenancy_diesel::{PolicyOptions, Registry};
    ///
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[]);
    /// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
    /// let diff = PolicyOptions::new().diff(&REGISTRY, &mut conn)?;
    /// for difference in diff.differences() {
    ///     eprintln!("{}: {:?}", difference.relation, difference.differs);
    /// }
    /// diff.migrations().write_to("migrations", "2025-01-31-120000")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn diff<C>(&self, registry: &Registry, conn: &mut C) -> Result<PolicyDiff, PolicyDiffError>
    where
        C: LoadConnection<Backend = Pg>,
    {
        let tables = self.selected(registry);
        let mut live = None;
        // What reading sets or creates is rolled back.
        let read = conn.transaction(|conn| {
            live = Some(read::Live::read(self, registry, &tables, conn)?);
            Err::<(), _>(PolicyDiffError::Database(Error::RollbackTransaction))
        });
        match (live, read) {
            (Some(live), _) => Ok(PolicyDiff {
                differences: compare::differences(self, registry, &tables, &live),
                sources: live
                    .conditions
                    .into_iter()
                    .map(|(path, condition)| (path, condition.source))
                    .collect(),
            }),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(PolicyDiffError::Database(Error::NotFound)),
        }
    }
}
