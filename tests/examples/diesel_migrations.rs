//! Runs the generated migrations with the Diesel CLI on a private database with rows of two tenants:
//! `migration run`, `redo` and `revert`, and compares the catalogs by `pg_dump`.
//! `scripts/check-diesel-migrations` calls it.

#![allow(clippy::print_stdout, reason = "a program of a script prints")]

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::PolicyOptions;
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::schema::REGISTRY;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const TABLES: &str = include_str!("../fixtures/shop.sql");

const DROP_TABLES: &str =
    "DROP SCHEMA billing CASCADE; DROP SCHEMA public CASCADE; CREATE SCHEMA public";

const ROWS: &str = "
    INSERT INTO organisations SELECT gen_random_uuid(), 'org ' || n FROM generate_series(1, 2) AS n;
    INSERT INTO documents SELECT id, row_number() OVER (), 'plan' FROM organisations;
    INSERT INTO files SELECT id, id, 'plan.pdf' FROM documents;";

fn main() -> Result<()> {
    let server = PgServer::shared()?;
    let (app, owner) = (
        server.create_login_role("app")?,
        server.create_login_role("owner")?,
    );
    let options = PolicyOptions::new().app_role(&app);
    let forms = [
        ("one migration", options.clone()),
        (
            "online, for each command",
            options
                .online(true)
                .per_command(true)
                .tenant_default(true)
                .tenant_not_null(true)
                .tenant_keys(true),
        ),
    ];
    for (name, options) in forms {
        let empty = server.template("diesel-migrations", |_: &mut PgConnection| {
            QueryResult::Ok(())
        })?;
        let database = empty.create()?;
        PgConnection::establish(&database.url())?.batch_execute(&format!(
            "GRANT CREATE ON DATABASE {} TO {owner}; GRANT ALL ON SCHEMA public TO {owner}",
            database.name()
        ))?;
        check(
            &Run {
                major: server.version() / 10_000,
                database,
                owner: &owner,
                directory: Folder::new()?,
            },
            &options,
        )?;
        println!("{name}: run, redo and revert leave what they should");
    }
    Ok(())
}

fn check(run: &Run<'_>, options: &PolicyOptions) -> Result<()> {
    let migrations = run.directory.0.join("migrations");
    tenancy_migrations::write_to(&migrations)?;
    let tables = migrations.join("2025-01-01-000000_tables");
    fs::create_dir_all(&tables)?;
    fs::write(tables.join("up.sql"), TABLES)?;
    fs::write(tables.join("down.sql"), DROP_TABLES)?;
    run.diesel(&["migration", "run"])?;
    run.owner()?.batch_execute(ROWS)?;
    let before = run.dump()?;
    let there = fs::read_dir(&migrations)?.count();

    options
        .migrations(&REGISTRY)
        .write_to(&migrations, "2025-01-02-000000")?;
    options
        .add_tenant_column(&REGISTRY, "files")
        .write_to(&migrations, "2025-01-03-000000")?;
    let count = fs::read_dir(&migrations)?.count() - there;
    let count = count.to_string();
    run.diesel(&["migration", "run"])?;
    let after = run.dump()?;
    if before == after {
        return Err("the migrations did nothing".into());
    }
    run.diesel(&["migration", "redo", "--number", &count])?;
    run.same(&after, "redo")?;
    run.diesel(&["migration", "revert", "--number", &count])?;
    run.same(&before, "revert")?;
    run.diesel(&["migration", "run"])?;
    run.same(&after, "the second run")
}

struct Run<'a> {
    major: i32,
    database: TestDatabase,
    owner: &'a str,
    directory: Folder,
}

impl Run<'_> {
    fn owner(&self) -> Result<PgConnection> {
        Ok(PgConnection::establish(&self.database.url_as(self.owner))?)
    }

    fn diesel(&self, arguments: &[&str]) -> Result<()> {
        let output = Command::new("diesel")
            .current_dir(&self.directory.0)
            .args(arguments)
            .args(["--database-url", &self.database.url_as(self.owner)])
            .args(["--migration-dir", "migrations"])
            .output()?;
        if output.status.success() {
            return Ok(());
        }
        let errors = String::from_utf8_lossy(&output.stderr);
        Err(format!("diesel {}: {errors}", arguments.join(" ")).into())
    }

    fn dump(&self) -> Result<String> {
        let output = Command::new(pg_dump(self.major))
            .args(["--schema-only", "--dbname", &self.database.url()])
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        // A key that differs from dump to dump stands in these lines.
        Ok(String::from_utf8(output.stdout)?
            .lines()
            .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
            .collect::<Vec<_>>()
            .join("\n"))
    }

    fn same(&self, expected: &str, step: &str) -> Result<()> {
        let there = self.dump()?;
        if there == expected {
            return Ok(());
        }
        let differs = |from: &str, to: &str| -> String {
            let to: Vec<&str> = to.lines().collect();
            from.lines()
                .filter(|line| !to.contains(line))
                .map(|line| format!("\n    {line}"))
                .collect()
        };
        Err(format!(
            "{step} left{}\nin the place of{}",
            differs(&there, expected),
            differs(expected, &there)
        )
        .into())
    }
}

/// The one of the server's version: an older one would refuse.
fn pg_dump(major: i32) -> PathBuf {
    let named = std::env::var_os("TENANCY_TEST_PG_BIN").map(PathBuf::from);
    let installed = PathBuf::from(format!("/usr/lib/postgresql/{major}/bin"));
    [named, Some(installed)]
        .into_iter()
        .flatten()
        .map(|directory| directory.join("pg_dump"))
        .find(|program| program.exists())
        .unwrap_or_else(|| "pg_dump".into())
}

/// A folder that goes with the value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("tenancy-diesel-{}", std::process::id()));
        fs::create_dir_all(path.join("migrations"))?;
        // Without it the CLI takes the folder for no project.
        fs::write(path.join("diesel.toml"), "")?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.0));
    }
}
