//! Finds the programs of a PostgreSQL installation.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{self, Path, PathBuf};
use std::process::{Command, Stdio};

use crate::HarnessError;
use crate::environment::Environment;

/// A directory that holds both `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ServerPrograms {
    directory: PathBuf,
}

impl ServerPrograms {
    const NAMES: &[&str] = &["postgres", "initdb"];

    pub(crate) fn find(environment: &Environment) -> Result<Self, HarnessError> {
        if let Some(directory) = &environment.pg_bin {
            return if holds(directory, Self::NAMES) {
                Ok(Self::within(directory))
            } else {
                Err(HarnessError::WrongBinDirectory {
                    directory: directory.clone(),
                })
            };
        }
        let mut searched = vec!["TENANCY_TEST_PG_BIN (not set)".to_owned()];
        search(environment, Self::NAMES, &mut searched)
            .map(|directory| Self::within(&directory))
            .ok_or(HarnessError::NoServer { searched })
    }

    /// The programs run in a directory of their own, where a relative path leads elsewhere.
    fn within(directory: &Path) -> Self {
        Self {
            directory: path::absolute(directory).unwrap_or_else(|_| directory.to_owned()),
        }
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.directory.join("postgres")
    }

    pub(crate) fn basebackup(&self) -> PathBuf {
        self.directory.join("pg_basebackup")
    }

    pub(crate) fn initdb(&self) -> PathBuf {
        self.directory.join("initdb")
    }
}

/// Finds `psql`, which is installed without a server more often than with one.
pub(crate) fn psql(environment: &Environment) -> Result<PathBuf, HarnessError> {
    let names = &["psql"];
    let mut searched = Vec::new();
    let named = environment
        .pg_bin
        .clone()
        .filter(|directory| holds(directory, names));
    named
        .or_else(|| search(environment, names, &mut searched))
        .map(|directory| directory.join("psql"))
        .ok_or(HarnessError::NoPsql { searched })
}

/// Finds another program of the client, such as `pg_dump`, where the server's own programs are if they are known.
pub(crate) fn client(environment: &Environment, name: &str) -> Result<PathBuf, HarnessError> {
    let mut searched = Vec::new();
    let named = environment
        .pg_bin
        .clone()
        .filter(|directory| holds(directory, &[name]));
    named
        .or_else(|| search(environment, &[name], &mut searched))
        .map(|directory| directory.join(name))
        .ok_or_else(|| HarnessError::NoClient {
            program: name.to_owned(),
            searched,
        })
}

/// The first directory that holds all of `names`; notes every place it looks at.
fn search(
    environment: &Environment,
    names: &[&str],
    searched: &mut Vec<String>,
) -> Option<PathBuf> {
    searched.push(match &environment.path {
        Some(path) => format!("PATH ({})", path.display()),
        None => "PATH (not set)".to_owned(),
    });
    if let Some(found) = on_path(environment.path.as_deref(), names) {
        return Some(found);
    }

    searched.push("the directory that `pg_config --bindir` prints".to_owned());
    if let Some(found) = pg_config(environment.path.as_deref()).filter(|dir| holds(dir, names)) {
        return Some(found);
    }

    for (parent, child, suffix) in [
        ("usr/lib/postgresql", "", "bin"),
        ("usr/local", "pgsql", "bin"),
        ("opt/homebrew/opt", "postgresql@", "bin"),
        ("usr/local/opt", "postgresql@", "bin"),
    ] {
        let parent = environment.root.join(parent);
        searched.push(format!("{}/{child}*/{suffix}", parent.display()));
        let found = installations(&parent, child)
            .into_iter()
            .map(|directory| directory.join(suffix))
            .find(|directory| holds(directory, names));
        if found.is_some() {
            return found;
        }
    }
    None
}

/// A directory of PATH that holds the programs, or the directory that its
/// first program is a link into.
///
/// Distributions link single programs into a directory of PATH; the program
/// then looks for its siblings and its shared files next to the real file.
fn on_path(path: Option<&OsStr>, names: &[&str]) -> Option<PathBuf> {
    let first = names.first()?;
    for directory in std::env::split_paths(path?) {
        if let Ok(real) = fs::canonicalize(directory.join(first))
            && let Some(parent) = real.parent()
            && holds(parent, names)
        {
            return Some(parent.to_owned());
        }
        if holds(&directory, names) {
            return Some(directory);
        }
    }
    None
}

/// Asks the `pg_config` on PATH, which client packages install too.
fn pg_config(path: Option<&OsStr>) -> Option<PathBuf> {
    let program = std::env::split_paths(path?)
        .map(|directory| directory.join("pg_config"))
        .find(|program| is_executable(program))?;
    let output = Command::new(program)
        .arg("--bindir")
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let printed = String::from_utf8(output.stdout).ok()?;
    Some(PathBuf::from(printed.trim_end()))
}

/// The children of `parent` whose names are `stem` and a version, newest first.
fn installations(parent: &Path, stem: &str) -> Vec<PathBuf> {
    let mut found: Vec<(Vec<u32>, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name.strip_prefix(stem)?;
            let version = version
                .split('.')
                .map_while(|part| part.parse().ok())
                .collect();
            Some((version, entry.path()))
        })
        .collect();
    found.sort_by(|left, right| right.cmp(left));
    found.into_iter().map(|(_, path)| path).collect()
}

fn holds(directory: &Path, names: &[&str]) -> bool {
    names
        .iter()
        .all(|name| is_executable(&directory.join(name)))
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::os::unix::fs::symlink;

    use super::*;

    type TestResult = Result<(), Box<dyn Error>>;

    /// A machine on which nothing is installed.
    fn bare(root: &Path) -> Environment {
        Environment {
            database_url: None,
            pg_bin: None,
            path: None,
            temp_directories: Vec::new(),
            root: root.to_owned(),
        }
    }

    fn install(directory: &Path, names: &[&str]) -> TestResult {
        fs::create_dir_all(directory)?;
        for name in names {
            fs::write(directory.join(name), "")?;
            fs::set_permissions(directory.join(name), fs::Permissions::from_mode(0o755))?;
        }
        Ok(())
    }

    #[test]
    fn a_variable_that_names_an_empty_directory_is_an_error_that_names_the_variable() -> TestResult
    {
        let root = tempfile::tempdir()?;
        let environment = Environment {
            pg_bin: Some(root.path().to_owned()),
            ..bare(root.path())
        };
        let error = ServerPrograms::find(&environment)
            .err()
            .ok_or("found a server")?
            .to_string();
        assert!(error.contains("TENANCY_TEST_PG_BIN"), "{error}");
        assert!(
            error.contains(&root.path().display().to_string()),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn a_bare_machine_is_told_where_was_searched_and_what_to_install() -> TestResult {
        let root = tempfile::tempdir()?;
        let error = ServerPrograms::find(&bare(root.path()))
            .err()
            .ok_or("found a server")?
            .to_string();
        for expected in [
            "PATH (not set)",
            "pg_config --bindir",
            "usr/lib/postgresql",
            "usr/local/pgsql",
            "opt/homebrew/opt/postgresql@",
            "apt-get install postgresql",
            "brew install postgresql@17",
            "TENANCY_TEST_DATABASE_URL",
            "TENANCY_TEST_PG_BIN",
        ] {
            assert!(
                error.contains(expected),
                "`{expected}` is missing from: {error}"
            );
        }
        Ok(())
    }

    #[test]
    fn the_newest_installed_version_is_taken_and_versions_are_numbers() -> TestResult {
        let root = tempfile::tempdir()?;
        for version in ["9.6", "13", "17"] {
            let directory = root
                .path()
                .join("usr/lib/postgresql")
                .join(version)
                .join("bin");
            install(&directory, ServerPrograms::NAMES)?;
        }
        // A newer version of which only the client programs are installed does not count.
        install(&root.path().join("usr/lib/postgresql/18/bin"), &["psql"])?;
        let found = ServerPrograms::find(&bare(root.path()))?;
        assert_eq!(
            found.directory,
            root.path().join("usr/lib/postgresql/17/bin")
        );
        Ok(())
    }

    #[test]
    fn a_link_on_path_leads_to_the_directory_of_its_siblings() -> TestResult {
        let root = tempfile::tempdir()?;
        let real = fs::canonicalize(root.path())?.join("real");
        install(&real, ServerPrograms::NAMES)?;
        let links = root.path().join("links");
        fs::create_dir(&links)?;
        symlink(real.join("postgres"), links.join("postgres"))?;
        let environment = Environment {
            path: Some(links.into()),
            ..bare(root.path())
        };
        assert_eq!(ServerPrograms::find(&environment)?.directory, real);
        Ok(())
    }

    #[test]
    fn psql_is_found_without_a_server() -> TestResult {
        let root = tempfile::tempdir()?;
        let bin = fs::canonicalize(root.path())?.join("bin");
        install(&bin, &["psql"])?;
        let environment = Environment {
            path: Some(bin.clone().into()),
            ..bare(root.path())
        };
        assert_eq!(psql(&environment)?, bin.join("psql"));
        assert!(ServerPrograms::find(&environment).is_err());
        Ok(())
    }
}
