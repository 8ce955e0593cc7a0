//! Runs the application on a private temporary PostgreSQL, for a look at it.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program tells where it is to be found"
)]

use std::env;
use std::process::ExitCode;

use saas::BoxError;
use saas::demo::{self, ACCOUNTS, PASSWORD};
use tokio::net::TcpListener;
use tracing::Level;

#[tokio::main]
async fn main() -> ExitCode {
    // What fails is told here, and never on a page.
    tracing_subscriber::fmt()
        .with_max_level(Level::WARN)
        .with_writer(std::io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("saas: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), BoxError> {
    let address = env::var("SAAS_ADDRESS").unwrap_or_else(|_| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(&address).await?;
    println!("Starting a private PostgreSQL ..");
    let (app, _database) = demo::start().await?;

    println!("\n  http://{}\n", listener.local_addr()?);
    println!("  {:<26}{:<24}organisations", "address", "password");
    for account in ACCOUNTS {
        let organisations: Vec<String> = account
            .organisations
            .iter()
            .map(|(slug, role)| format!("{slug} ({})", role.as_str()))
            .collect();
        println!(
            "  {:<26}{PASSWORD:<24}{}",
            account.email,
            organisations.join(", ")
        );
    }
    println!("\nControl-C ends it, and removes the database.");

    axum::serve(listener, app.router())
        .with_graceful_shutdown(async {
            // Without a signal handler the program would end by the signal itself, which is as good.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await?;
    Ok(())
}
