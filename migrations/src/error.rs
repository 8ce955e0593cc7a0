use std::error::Error;

/// Why our migrations could not be run, reverted or listed. The transaction was rolled back.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationsError {
    /// The lock, the transaction around the migrations or the removal of the history failed.
    #[error("the tenancy migrations could not be begun or ended: {0}")]
    Database(#[from] diesel::result::Error),
    /// What has been applied could not be compared with what there is to apply.
    #[error("the history of the tenancy migrations could not be read: {0}")]
    History(#[source] Box<dyn Error + Send + Sync>),
    /// A migration failed.
    #[error("the tenancy migration `{name}` failed: {source}")]
    Migration {
        /// Its name, as that of its folder.
        name: String,
        /// What its SQL met.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The name of a new key of sealed tenants is that of another key, or of one that is retired.
    #[error(
        "the name `{id}` is that of another sealing key, or of a retired one; choose a new name"
    )]
    SealingKeyTaken {
        /// The name.
        id: String,
    },
    /// The database has a migration that this release does not know how to revert.
    #[error(
        "the database has the tenancy migration {version} of a newer release; revert it with that \
         release"
    )]
    UnknownVersion {
        /// Its version, as it stands in `tenancy.schema_migrations`.
        version: String,
    },
}
