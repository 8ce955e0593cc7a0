//! Migrations as files in a directory of Diesel's.

use std::fs;
use std::io::{Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// One migration of a [`MigrationFiles`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MigrationFile {
    pub(crate) name: String,
    pub(crate) up: String,
    pub(crate) down: String,
    pub(crate) run_in_transaction: bool,
}

impl MigrationFile {
    /// The name that stands behind the version in the name of its folder.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of `up.sql`.
    pub fn up(&self) -> &str {
        &self.up
    }

    /// The text of `down.sql`.
    pub fn down(&self) -> &str {
        &self.down
    }

    /// Whether Diesel runs it in a transaction. `metadata.toml` says so where it does not.
    pub fn run_in_transaction(&self) -> bool {
        self.run_in_transaction
    }
}

/// Diesel migrations that have been generated, in the order in which they run.
///
/// ```
/// use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
///
/// const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
///     path: "tasks",
///     schema: None,
///     name: "tasks",
///     class: Class::Tenant { column: "tenant_id" },
///     columns: &[],
///     primary_key: &["id"],
///     encrypted: &[],
/// }]);
///
/// let directory = std::env::temp_dir().join(format!("tenancy-doc-{}", std::process::id()));
/// let files = PolicyOptions::new()
///     .migrations(&REGISTRY)
///     .write_to(&directory, "2025-01-31-120000")?;
/// assert!(files[0].ends_with("2025-01-31-120000_tenancy_policies/up.sql"));
/// # std::fs::remove_dir_all(directory)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct MigrationFiles(pub(crate) Vec<MigrationFile>);

impl MigrationFiles {
    /// The migrations, in the order in which they run.
    pub fn as_slice(&self) -> &[MigrationFile] {
        &self.0
    }

    /// Whether there is nothing to migrate.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the migrations into a directory of Diesel migrations, and returns the files.
    ///
    /// `version` is that of the first one, such as `2025-01-31-120000`; each later one has the next
    /// number. Nothing is ever overwritten: nothing is written when the directory has one of the
    /// versions already.
    ///
    /// # Errors
    /// [`ErrorKind::AlreadyExists`] when a version is taken, [`ErrorKind::InvalidInput`] when `version`
    /// does not consist of digits and hyphens with a digit at the end, or leaves no number for the last
    /// migration; whatever the file system answers otherwise.
    pub fn write_to(&self, directory: impl AsRef<Path>, version: &str) -> Result<Vec<PathBuf>> {
        let directory = directory.as_ref();
        let taken = versions(directory)?;
        let mut folders = Vec::new();
        for (number, migration) in self.0.iter().enumerate() {
            let version = successor(version, number)?;
            let plain = version.replace('-', "");
            if taken.contains(&plain) {
                return Err(Error::new(
                    ErrorKind::AlreadyExists,
                    format!("{} has a migration {version}", directory.display()),
                ));
            }
            folders.push((
                directory.join(format!("{version}_{}", migration.name)),
                migration,
            ));
        }
        let mut written = Vec::new();
        for (folder, migration) in folders {
            fs::create_dir_all(&folder)?;
            let mut files = vec![("up.sql", &*migration.up), ("down.sql", &*migration.down)];
            if !migration.run_in_transaction {
                files.push(("metadata.toml", "run_in_transaction = false\n"));
            }
            for (name, text) in files {
                let path = folder.join(name);
                fs::File::create_new(&path)?.write_all(text.as_bytes())?;
                written.push(path);
            }
        }
        Ok(written)
    }
}

/// The versions in a directory, as Diesel reads them from the names of the folders.
fn versions(directory: &Path) -> Result<Vec<String>> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    entries
        .map(|entry| {
            let name = entry?.file_name().to_string_lossy().into_owned();
            Ok(name.split('_').next().unwrap_or_default().replace('-', ""))
        })
        .collect()
}

/// The version `number` places after the first one. Diesel compares versions as texts, so the number
/// keeps its width.
fn successor(first: &str, number: usize) -> Result<String> {
    let invalid = |what: &str| {
        Error::new(
            ErrorKind::InvalidInput,
            format!("`{first}` {what}, as in 2025-01-31-120000"),
        )
    };
    let all_known = first.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let start = first
        .rfind(|c: char| !c.is_ascii_digit())
        .map_or(0, |hyphen| hyphen + 1);
    let (before, last) = first.split_at(start);
    if !all_known || last.is_empty() {
        return Err(invalid("is no version: it has to be digits and hyphens"));
    }
    let next = last
        .parse::<u64>()
        .ok()
        .zip(u64::try_from(number).ok())
        .and_then(|(last, number)| last.checked_add(number))
        .map(|next| format!("{next:0width$}", width = last.len()))
        .filter(|next| next.len() == last.len());
    next.map(|next| format!("{before}{next}"))
        .ok_or_else(|| invalid("leaves no versions for all migrations: it has to be smaller"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> MigrationFiles {
        let one = |name: &str, run_in_transaction| MigrationFile {
            name: name.to_owned(),
            up: "up".to_owned(),
            down: "down".to_owned(),
            run_in_transaction,
        };
        MigrationFiles(vec![one("index", false), one("policies", true)])
    }

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Directory(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn each_migration_has_the_next_version() {
        for (first, second) in [
            ("2025-01-31-120059", "2025-01-31-120060"),
            ("00000000000009", "00000000000010"),
            ("7", "8"),
        ] {
            assert_eq!(successor(first, 0).unwrap(), first);
            assert_eq!(successor(first, 1).unwrap(), second);
        }
        for refused in ["", "2025-", "../1", "1_2", "x1"] {
            assert!(successor(refused, 0).is_err(), "{refused}");
        }
        assert!(successor("9", 1).is_err());
    }

    #[test]
    fn files_are_written_once_and_never_over_others() {
        let directory = Directory::new("tenancy-files");
        let files = two().write_to(&directory.0, "2025-01-31-120000").unwrap();
        assert_eq!(files.len(), 5);
        let metadata = directory.0.join("2025-01-31-120000_index/metadata.toml");
        assert_eq!(
            fs::read_to_string(metadata).unwrap(),
            "run_in_transaction = false\n"
        );
        // Its second migration would have the version of the first one here.
        let error = two().write_to(&directory.0, "20250131-119999").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read_dir(&directory.0).unwrap().count(), 2);
    }
}
