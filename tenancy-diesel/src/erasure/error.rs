use std::fmt::Display;

use diesel::result::Error as QueryError;
#[cfg(feature = "encryption")]
use tenancy_core::encryption::KeyringError;
use tenancy_core::erasure::TargetError;

use crate::ScopeError;
use crate::audit::Finding;
use crate::purpose::InvalidPurpose;

/// Why an erasure was refused, or stopped. What it had committed stays, and running it again goes on from
/// there.
///
/// No text holds a value of a row or the tenant's id. The texts of the sources are those of the server, the
/// key store and the targets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ErasureError {
    /// The id cannot be a tenant's.
    #[error(transparent)]
    Tenant(#[from] ScopeError),
    /// Somebody's name or reason is not accepted.
    #[error("{0}; say who asks for the erasure and why with `requested_by`")]
    Purpose(#[from] InvalidPurpose),
    /// The registry is that of another schema than the tenant's.
    #[error("the registry has another session variable or type of tenant than the id")]
    OtherSchema,
    /// The connection is in a transaction. An erasure commits batch by batch.
    #[error("the erasure needs a connection outside of any transaction")]
    InTransaction,
    /// The server is a standby.
    #[error("the erasure needs the primary server, and this is a standby")]
    Standby,
    /// Row-level security does not confine the role of the connection to one tenant: it is a superuser, has
    /// BYPASSRLS, owns a table, begins with a tenant, or a policy is missing. The text has every finding.
    #[error(
        "the role of the connection is not confined to one tenant:{}",
        lines(findings)
    )]
    NotConfined {
        /// Everything that was found.
        findings: Vec<Finding>,
    },
    /// Tables hold rows of the tenant, or may, and nobody has said what becomes of them.
    #[error(
        "it is not known what becomes of these tables:{}\nName each to `also` to erase it, which takes policies \
         that confine the eraser, or to `leave` with a reason",
        lines(tables)
    )]
    UnknownTables {
        /// The tables with their schemas, each with why it is thought to hold rows of the tenant.
        tables: Vec<UnknownTable>,
    },
    /// The caller, or the registry, names a table that the database does not have.
    #[error("there is no table `{table}`")]
    NoTable {
        /// The table as it was named.
        table: String,
    },
    /// A column that is to be anonymised is not there, or says whose row it is.
    #[error(
        "column `{column}` of table `{table}` cannot be anonymised: it is missing, or says whose row it is"
    )]
    Column {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A table was named to `also` or `anonymise` that cannot be erased or changed so.
    #[error("table `{table}` {why}")]
    Unsuitable {
        /// The table.
        table: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The role lacks privileges.
    #[error("the role of the connection lacks these privileges:{}", lines(missing))]
    Privileges {
        /// The grants that are missing, as SQL without the role.
        missing: Vec<String>,
    },
    /// Rows that stay would point to rows that go.
    #[error(
        "rows of `{table}` stay, and `{constraint}` has them point to `{target}`, which is erased: \
         set one of its columns to NULL in `anonymise`, or drop the constraint"
    )]
    KeepsReference {
        /// The table whose rows stay.
        table: String,
        /// The foreign key.
        constraint: String,
        /// The table that it points to.
        target: String,
    },
    /// The ledger is not there: run `tenancy_migrations::run`.
    #[error("the table `tenancy.erasures` is missing; run the migrations of tenancy-migrations")]
    NotMigrated,
    /// A foreign key acts on rows that the role cannot see, and the server does not count what it does.
    #[error(
        "foreign keys act on other tables when rows are deleted, and `track_counts` is off, so that it would not be \
         noticed if they reached rows of another tenant; switch it on"
    )]
    CannotWatch,
    /// The plan was made for another tenant, or with other decisions, or the tables have changed since. Plan
    /// again; what was done stays done.
    #[error(
        "the plan is not that of the database any more ({what}); plan again, the erasure goes on from there"
    )]
    Changed {
        /// What differs.
        what: &'static str,
    },
    /// Deleting rows of the tenant would have changed rows that are not the tenant's, through ON DELETE
    /// CASCADE, SET NULL or SET DEFAULT. The batch was rolled back.
    #[error(
        "deleting the tenant's rows of `{table}` reaches rows of others, through a foreign key with an action; the \
         batch was rolled back. Look at: {}",
        constraints.join(", ")
    )]
    ReachesOthers {
        /// The table whose rows were deleted.
        table: String,
        /// The foreign keys that may have done it, each with its table.
        constraints: Vec<String>,
    },
    /// Rows that the eraser cannot see, or that stay, point to rows of the tenant. The batch was rolled back.
    #[error(
        "rows of `{table}` cannot be deleted, because rows that stay point to them: foreign key `{constraint}` \
         of table `{by}`"
    )]
    StillReferenced {
        /// The table whose rows were to be deleted.
        table: String,
        /// The foreign key.
        constraint: String,
        /// The table that has it.
        by: String,
    },
    /// Rows of the tenant came again and again, or were held by others.
    #[error(
        "rows of the tenant keep coming, or are held by others, in: {}. Stop what writes for the tenant, and run \
         the erasure again",
        tables.join(", ")
    )]
    KeepsComing {
        /// The tables.
        tables: Vec<String>,
    },
    /// A target failed.
    #[error("the target `{name}` failed")]
    Target {
        /// Its name.
        name: String,
        /// Its error.
        #[source]
        source: TargetError,
    },
    /// A target says that it has erased everything, and still holds something.
    #[error("the target `{name}` still holds {items} items after it was erased")]
    TargetHolds {
        /// Its name.
        name: String,
        /// How many.
        items: u64,
    },
    /// Two targets have the same name.
    #[error("there are two targets with the name `{name}`")]
    TargetTwice {
        /// The name.
        name: String,
    },
    /// The keys could not be shredded.
    #[cfg(feature = "encryption")]
    #[error("the keys of the tenant could not be shredded")]
    Keys(#[from] KeyringError),
    /// The database refused a statement, or the connection was lost.
    #[error("the database did not carry out a statement of the erasure")]
    Database(#[from] QueryError),
    /// The database answered in a form that is not that of the statement.
    #[error("the database gave an answer of an unexpected form")]
    UnexpectedAnswer,
}

/// A table of which nobody has said what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UnknownTable {
    /// The table with its schema.
    pub table: String,
    /// Why it is thought to hold rows of the tenant.
    pub why: String,
}

impl Display for UnknownTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.table, self.why)
    }
}

fn lines<T: Display>(items: &[T]) -> String {
    let lines = items.iter().map(|item| format!("\n{item}"));
    lines.collect::<String>().trim_end().to_owned()
}
