use std::error::Error;
use std::path::PathBuf;

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
    /// Our migrations are in the application's own history: they were written into its directory by
    /// [`write_to`](crate::write_to) and applied from there.
    #[error(
        "the tenancy migrations are in the application's own history, as `write_to` wrote them; run, \
         list and revert them there"
    )]
    InApplicationHistory,
    /// A migration of the application failed, or its history could not be read.
    #[error("the migrations of the application failed: {0}")]
    Application(#[source] Box<dyn Error + Send + Sync>),
    /// The session that took the deploy lock is not the one that gives it back: a pooler that shares
    /// sessions stands between, and the lock protected nothing.
    #[error(
        "the deploy lock was not held by this session; migrate over a direct connection, not through \
         a pooler that shares sessions"
    )]
    LockLost,
    /// A file or a folder that [`write_to`](crate::write_to) would have to overwrite.
    #[error("`{}` is there already and differs from what would be written", path.display())]
    Exists {
        /// The file, or the folder of another migration with the same version.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("`{}` could not be read or written: {source}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system answered.
        source: std::io::Error,
    },
}
