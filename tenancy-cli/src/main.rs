//! The installed tool. An application's own program calls `tenancy_cli::main` instead.

use std::process::ExitCode;

fn main() -> ExitCode {
    tenancy_cli::main_without_application()
}
