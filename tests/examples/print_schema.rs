//! Runs `diesel print-schema` on a private database that holds `fixtures/shop.sql`, and compares what
//! it writes with the schema files that the tests compile. `scripts/check-print-schema` calls it.

#![allow(clippy::print_stdout, reason = "a program of a script prints")]

use std::error::Error;
use std::process::Command;

use diesel::connection::SimpleConnection;
use tenancy_testing::PgServer;

const DERIVES: [&str; 3] = ["diesel::query_builder::QueryId", "Clone", "Debug"];

fn main() -> Result<(), Box<dyn Error>> {
    let server = PgServer::shared()?;
    let template = server.template("print-schema", |conn: &mut diesel::PgConnection| {
        conn.batch_execute(include_str!("../fixtures/shop.sql"))
    })?;
    let database = template.create()?;
    let checks: [(&str, &[&str], &str); 2] = [
        ("public", &[], include_str!("../src/schema/public.rs")),
        (
            "billing",
            &["--schema", "billing"],
            include_str!("../src/schema/billing.rs"),
        ),
    ];
    for (name, arguments, committed) in checks {
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
            return Err(
                format!("tests/src/schema/{name}.rs differs from what Diesel writes").into(),
            );
        }
        println!("tests/src/schema/{name}.rs is what `diesel print-schema` writes");
    }
    Ok(())
}
