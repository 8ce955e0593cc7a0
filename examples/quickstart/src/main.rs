//! Tenant isolation, step by step, on a private temporary PostgreSQL.
//!
//! Begin with `schema.rs` and `models.rs`, which an application has too, and with `database.rs`,
//! which sets up roles, tables, policies and the pool. `show/` has one file for each printed part.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program is there to print"
)]

mod database;
mod models;
mod policies;
mod report;
mod schema;
mod seed;
mod show;
mod tenants;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use database::Database;

/// `Send + Sync`, because the transactions of a pool may move to another thread.
type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T = (), E = Error> = std::result::Result<T, E>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result {
    let database = Database::start()?;
    let keyring = database.keyring().await?;
    let pool = database.pool(&keyring).await?;
    seed::run(&pool, &keyring).await?;

    show::queries(&database, &pool).await?;
    show::joins(&pool).await?;
    show::organisations(&pool).await?;
    show::writes(&database, &pool).await?;
    show::layers(&database, &pool).await?;
    show::sql(&pool).await?;
    show::round_trips(&database).await?;
    show::compile_error()?;
    // The last part, because nothing brings back the keys that it destroys.
    show::encrypted_columns(&database, &pool, &keyring).await
}
