//! Runs `diesel print-schema` on private databases, one that holds `fixtures/shop.sql` and one with the
//! tables of each example, and compares what it writes with the schema files that are compiled.
//! `scripts/check-print-schema` calls it.

#![allow(clippy::print_stdout, reason = "a program of a script prints")]

use std::error::Error;
use std::process::Command;

use diesel::connection::SimpleConnection;
use tenancy_testing::{PgServer, TestDatabase};

const DERIVES: [&str; 3] = ["diesel::query_builder::QueryId", "Clone", "Debug"];

fn main() -> Result<(), Box<dyn Error>> {
    let server = PgServer::shared()?;
    let shop = server.template("print-schema", |conn: &mut diesel::PgConnection| {
        conn.batch_execute(include_str!("../fixtures/shop.sql"))
    })?;
    let shop = shop.create()?;
    compare(
        &shop,
        &[],
        "tests/src/schema/public.rs",
        include_str!("../src/schema/public.rs"),
    )?;
    compare(
        &shop,
        &["--schema", "billing"],
        "tests/src/schema/billing.rs",
        include_str!("../src/schema/billing.rs"),
    )?;

    // Encrypted columns have a type of the library's own migrations.
    let tracker = server.template("quickstart", |conn: &mut diesel::PgConnection| {
        tenancy_migrations::run(conn)?;
        conn.batch_execute(include_str!(
            "../../examples/quickstart/migrations/00000000000001_tables/up.sql"
        ))?;
        Ok::<_, Box<dyn Error + Send + Sync>>(())
    })?;
    compare(
        &tracker.create()?,
        &[],
        "examples/quickstart/src/schema/generated.rs",
        include_str!("../../examples/quickstart/src/schema/generated.rs"),
    )?;

    let saas = server.template("saas", |conn: &mut diesel::PgConnection| {
        tenancy_migrations::run(conn)?;
        // Its first migration names the application's role, which is not there.
        conn.batch_execute("CREATE SCHEMA accounts")?;
        conn.batch_execute(include_str!(
            "../../examples/saas/migrations/00000000000002_tables/up.sql"
        ))?;
        Ok::<_, Box<dyn Error + Send + Sync>>(())
    })?;
    compare(
        &saas.create()?,
        &[],
        "examples/saas/src/schema/generated.rs",
        include_str!("../../examples/saas/src/schema/generated.rs"),
    )
}

fn compare(
    database: &TestDatabase,
    arguments: &[&str],
    name: &str,
    committed: &str,
) -> Result<(), Box<dyn Error>> {
    let output = Command::new("diesel")
        .args(["print-schema", "--database-url", &database.url()])
        .args(
            DERIVES
                .iter()
                .flat_map(|derive| ["--custom-type-derives", derive]),
        )
        .args(arguments)
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    if String::from_utf8(output.stdout)? != committed {
        return Err(format!("{name} differs from what Diesel writes").into());
    }
    println!("{name} is what `diesel print-schema` writes");
    Ok(())
}
