//! Signed receipts of erasures.

mod issue;
mod keygen;
mod list;
mod settings;
mod verify;

use clap::{Args, Subcommand};
use tenancy_core::encryption::wait;
use tenancy_core::erasure::receipts::Receipt as SignedReceipt;

use self::settings::SinkSettings;
pub(super) use self::settings::{SigningSettings, TrustSettings};
use crate::args::Context;
use crate::failure::{Failure, Outcome};
use crate::terminal;

const HELP: &str = "\
A receipt says what an erasure did, and is signed with a key of the operator's. It is a text that can be read, \
kept outside of the database. No database is needed here.

Once:
  tenancy receipt keygen --secret receipt.key --public receipt.pub

Afterwards:
  tenancy receipt list --sink /mnt/receipts --public-key receipt.pub
  tenancy receipt verify /mnt/receipts/*.receipt --public-key receipt.pub";

/// Receipts of erasures: makes the key that signs them, verifies and lists them.
#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Receipt {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Makes a key that signs receipts, and the public key that verifies them
    Keygen(keygen::Keygen),
    /// Signs the report of an erasure and adds the receipt to a sink
    Issue(issue::Issue),
    /// Verifies receipts, each for itself
    Verify(verify::Verify),
    /// Lists the receipts of a sink, and verifies that none was removed or exchanged
    List(list::List),
}

impl Receipt {
    pub(super) fn run(self, _: &Context) -> Result<Outcome, Failure> {
        match self.command {
            Command::Keygen(keygen) => keygen.run(),
            Command::Issue(issue) => wait(issue.run()),
            Command::Verify(verify) => verify.run(),
            Command::List(list) => wait(list.run()),
        }
    }
}

/// What a table or a line says about a receipt: erasure, tenant, when it was finished.
fn facts(receipt: &SignedReceipt) -> [String; 3] {
    let (tenant, finished) = match receipt.report() {
        Ok(report) => (report.tenant.as_str().to_owned(), report.finished),
        // It is signed; only this release cannot tell what it says.
        Err(_) => ("?".to_owned(), "?".to_owned()),
    };
    [receipt.erasure().to_owned(), tenant, finished]
        .map(|text| terminal::printable(&text).replace('\n', " "))
}
