use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use tenancy_core::erasure::Report;

use super::SigningSettings;
use crate::failure::{Failure, Outcome, chain};
use crate::terminal;

const HELP: &str = "\
For a report whose receipt could not be issued when the erasure ended, because the sink could not be reached. A \
report that has its receipt keeps it.

Example:
  tenancy receipt issue report.json --sink /mnt/receipts --signing-key file:receipt.key";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(super) struct Issue {
    /// The report of an erasure that is finished, as JSON
    #[arg(value_name = "FILE")]
    report: PathBuf,
    #[command(flatten)]
    signing: SigningSettings,
}

impl Issue {
    pub(super) async fn run(self) -> Result<Outcome, Failure> {
        let file = self.report.display();
        let text = fs::read_to_string(&self.report)
            .map_err(|error| Failure::usage(format!("{file} cannot be read: {error}")))?;
        let report = Report::from_json(&text)
            .map_err(|error| Failure::usage(format!("{file} is no report: {error}")))?;
        if report.format != Report::FORMAT {
            return Err(Failure::usage(format!(
                "{file} has the format {}, which this release does not know",
                report.format
            )));
        }
        let issuer = self.signing.issuer()?.ok_or_else(|| {
            Failure::usage("neither a sink nor a key that signs is named")
                .help("give --sink and --signing-key")
        })?;
        let receipt =
            (issuer.issue(&report).await).map_err(|error| Failure::refused(chain(&error)))?;
        let mut out = terminal::stdout();
        writeln!(out, "receipt {}, {}", receipt.number(), receipt.digest())?;
        Ok(Outcome::Fine)
    }
}
