//! Our migrations as files in the application's own directory.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::MigrationsError;

/// What the schema's comment says where the application's history has our migrations.
pub(crate) const IN_APPLICATION_HISTORY: &str =
    "tenancy: its migrations are in the history of the application";

struct Files {
    /// The folder. Its version comes before those of the application, whose tables may need our types.
    folder: &'static str,
    up: &'static str,
    down: &'static str,
}

macro_rules! files {
    ($($source:literal => $folder:literal,)*) => {
        &[$(Files {
            folder: $folder,
            up: include_str!(concat!("../sql/", $source, "/up.sql")),
            down: include_str!(concat!("../sql/", $source, "/down.sql")),
        }),*]
    };
}

const FILES: &[Files] = files! {
    "00000000000001_policy_references" => "00000000000001_tenancy_policy_references",
    "00000000000002_encryption_keys" => "00000000000002_tenancy_encryption_keys",
    "00000000000003_crossings" => "00000000000003_tenancy_crossings",
    "00000000000004_sealed_tenant" => "00000000000004_tenancy_sealed_tenant",
    "00000000000005_erasures" => "00000000000005_tenancy_erasures",
    "00000000000006_jobs" => "00000000000006_tenancy_jobs",
};

/// Writes our migrations into the application's directory of Diesel migrations, for those who want
/// one history, and returns the files that were new.
///
/// Diesel's CLI, or whatever runs the application's migrations, applies them then. Do this *instead* of
/// [`run`](crate::run): a database has our migrations in one history. [`run`](crate::run) refuses a
/// database that has them in the application's, and the first of these files one that has them in
/// ours.
///
/// It can run again, and after an update adds what is new. Files that are there and equal are left
/// alone. Nothing is written when one of them differs: what has been applied is not changed any more.
///
/// # Errors
/// [`MigrationsError::Exists`] for a file that is there and differs, or another migration that has the
/// version of one of ours; [`MigrationsError::File`] when a file or the directory cannot be read or
/// written.
///
/// ```
/// let directory = tempfile::tempdir()?;
/// let files = tenancy_migrations::write_to(directory.path())?;
/// assert!(files[0].ends_with("00000000000001_tenancy_policy_references/up.sql"));
/// assert!(tenancy_migrations::write_to(directory.path())?.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn write_to(directory: impl AsRef<Path>) -> Result<Vec<PathBuf>, MigrationsError> {
    let directory = directory.as_ref();
    refuse_same_versions(directory)?;
    let mut missing = Vec::new();
    for (path, text) in texts(directory) {
        match fs::read_to_string(&path) {
            Ok(there) if there == text => {}
            Ok(_) => return Err(MigrationsError::Exists { path }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                missing.push((path, text));
            }
            Err(source) => return Err(MigrationsError::File { path, source }),
        }
    }
    let mut written = Vec::new();
    for (path, text) in missing {
        write_new(&path, &text).map_err(|source| MigrationsError::File {
            path: path.clone(),
            source,
        })?;
        written.push(path);
    }
    Ok(written)
}

/// Never overwrites, also when the file has come since it was looked for.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::File::create_new(path)?.write_all(text.as_bytes())
}

fn texts(directory: &Path) -> Vec<(PathBuf, String)> {
    let mut texts = Vec::new();
    for (number, files) in FILES.iter().enumerate() {
        let folder = directory.join(files.folder);
        let (mut up, mut down) = (files.up.to_owned(), files.down.to_owned());
        if number == 0 {
            up = schema() + &up;
            down += "DROP SCHEMA tenancy;\n";
        }
        texts.push((folder.join("up.sql"), up));
        texts.push((folder.join("down.sql"), down));
    }
    texts
}

/// The embedded form has its schema from its history table.
fn schema() -> String {
    format!(
        "-- The schema of the library's own objects. Its comment tells the embedded form of these
-- migrations that they are here.
DO $$
BEGIN
    IF EXISTS (
        SELECT FROM pg_catalog.pg_tables
        WHERE schemaname = 'tenancy' AND tablename = 'schema_migrations'
    ) THEN
        RAISE EXCEPTION 'tenancy: this database has the embedded migrations of tenancy-migrations'
            USING HINT = 'Stay with them and remove these files, or call revert_all() before.';
    END IF;
END
$$;
CREATE SCHEMA IF NOT EXISTS tenancy;
COMMENT ON SCHEMA tenancy IS '{IN_APPLICATION_HISTORY}';

"
    )
}

fn refuse_same_versions(directory: &Path) -> Result<(), MigrationsError> {
    let failed = |source| MigrationsError::File {
        path: directory.to_owned(),
        source,
    };
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    for entry in entries {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let same = FILES
            .iter()
            .any(|files| files.folder != name && version(files.folder) == version(&name));
        if same {
            return Err(MigrationsError::Exists { path: entry.path() });
        }
    }
    Ok(())
}

/// The version as Diesel reads it from the name of a folder.
fn version(folder: &str) -> String {
    folder
        .split('_')
        .next()
        .unwrap_or_default()
        .replace('-', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_is_among_the_files() {
        let sql = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
        let mut embedded: Vec<String> = fs::read_dir(sql)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .map(|name| name.replacen('_', "_tenancy_", 1))
            .collect();
        embedded.sort();
        let written: Vec<&str> = FILES.iter().map(|files| files.folder).collect();
        assert_eq!(embedded, written);
    }
}
