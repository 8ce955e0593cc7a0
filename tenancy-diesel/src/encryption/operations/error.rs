use tenancy_core::encryption::{EncryptionError, KeyringError};

/// Why an operation stopped. What it had committed stays, and running it again goes on from there.
///
/// No text holds a value, a key or a tenant's id. The texts of the sources are the server's and the
/// key store's own.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OperationError {
    /// The keys could not be had or changed.
    #[error(transparent)]
    Keys(#[from] KeyringError),
    /// The database refused a statement, or the connection was lost.
    #[error("the database did not carry out a statement of the operation")]
    Database(#[from] diesel::result::Error),
    /// The scope is in a transaction. Operations commit page by page, and must see what others commit.
    #[error("the operation needs a scope outside of any transaction")]
    InTransaction,
    /// The registry is that of another schema than the scope's.
    #[error("the registry has another session variable or type of tenant than the scope")]
    OtherSchema,
    /// The registry declares a table that the database does not have, or that the role may not see.
    #[error("table `{table}` is not in the database")]
    NoTable {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
    },
    /// The registry, or the caller, names a column that the table does not have.
    #[error("table `{table}` has no column `{column}` for this")]
    NoColumn {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// Rows cannot be told apart by the key that the registry has: the database has no unique
    /// constraint for it, or one of its columns may be NULL.
    #[error("the key of table `{table}` in the registry is not unique in the database")]
    KeyNotUnique {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
    },
    /// The table is not that of a tenant.
    #[error("table `{table}` is not scoped by tenant")]
    NotScoped {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
    },
    /// The column is not declared as encrypted, or is where it must not be.
    #[error("column `{column}` of table `{table}` is not declared as encrypted")]
    NotEncrypted {
        /// The table, as the caller named it.
        table: String,
        /// The column.
        column: String,
    },
    /// The plaintext column is declared as encrypted: its values are no plaintext.
    #[error("column `{column}` of table `{table}` is an encrypted column already")]
    AlreadyEncrypted {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// The plaintext column has a type that the value's type does not read.
    #[error("column `{column}` of table `{table}` has a type that does not fit the value's")]
    TypeMismatch {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// What was written did not read back as what was meant, a trigger for example changed it. The
    /// page was rolled back.
    #[error(
        "a value of table `{table}` did not read back as it was written; nothing of the page stays"
    )]
    Unverified {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
    },
    /// The server is a standby, which may lag behind what was written.
    #[error("the operation needs the primary server, and this is a standby")]
    Standby,
    /// The keys are another tenant's, or the destruction was begun in the scope of another tenant.
    #[error("the scope is of another tenant than the keys, or than the destruction was begun for")]
    OtherTenant,
    /// Values of the generation, or of one before it, remain. Its key stays.
    #[error("{count} values of the generation or of older ones remain; no key was destroyed")]
    StillInUse {
        /// How many.
        count: u64,
    },
    /// The database answered in a form that is not that of the statement.
    #[error("the database gave an answer of an unexpected form")]
    UnexpectedAnswer,
}

impl From<EncryptionError> for OperationError {
    fn from(error: EncryptionError) -> Self {
        OperationError::Keys(error.into())
    }
}
