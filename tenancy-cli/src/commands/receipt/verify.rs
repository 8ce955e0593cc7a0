use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use tenancy_core::erasure::receipts::{MAX_RECEIPT_BYTES, Receipt};

use super::{TrustSettings, facts};
use crate::failure::{Failure, Outcome};
use crate::terminal;

const HELP: &str = "\
Ends with 1 when one of them is not valid. That none is missing is what `tenancy receipt list` says.

Example:
  tenancy receipt verify receipt-42.receipt --public-key receipt.pub";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(super) struct Verify {
    /// The receipts
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    trust: TrustSettings,
}

impl Verify {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let trusted = self.trust.trusted()?;
        let mut out = terminal::stdout();
        let mut wrong = false;
        for file in &self.files {
            let name = file.display().to_string();
            let name = terminal::printable(&name);
            match Receipt::verify(&read(file)?, &trusted) {
                Ok(receipt) => {
                    let [erasure, tenant, finished] = facts(&receipt);
                    writeln!(
                        out,
                        "{name}: valid, receipt {} of key {}: erasure {erasure} of tenant {tenant}, finished {finished}",
                        receipt.number(),
                        receipt.key(),
                    )?;
                }
                Err(error) => {
                    wrong = true;
                    writeln!(out, "{name}: NOT VALID: {error}")?;
                }
            }
        }
        out.flush()?;
        Ok(Outcome::found(wrong))
    }
}

/// One byte more than a receipt may have, so that a longer file is refused and not cut off.
fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let limit = MAX_RECEIPT_BYTES as u64 + 1;
    File::open(path)
        .and_then(|file| file.take(limit).read_to_end(&mut bytes))
        .map_err(|error| Failure::usage(format!("{} cannot be read: {error}", path.display())))?;
    Ok(bytes)
}
