use std::io::Write;

use clap::Args;
use serde::Serialize;
use tenancy_core::erasure::receipts::{Chain, ChainError, Digest};

use super::{SinkSettings, TrustSettings, facts};
use crate::failure::{Failure, Outcome, chain};
use crate::terminal;

const HELP: &str = "\
Verifies every receipt and that each follows the one before it, and ends with 1 when one was removed, exchanged or \
changed. That the last receipts were not removed shows when a digest that was noted elsewhere is among them: \
--contains.

Examples:
  tenancy receipt list --sink /mnt/receipts --public-key receipt.pub
  tenancy receipt list --sink /mnt/receipts --public-key receipt.pub --contains $(sha256sum < noted.receipt | cut -c-64)";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(super) struct List {
    #[command(flatten)]
    sink: SinkSettings,
    #[command(flatten)]
    trust: TrustSettings,
    /// The SHA-256 of a receipt that has to be there; may be repeated
    #[arg(long, value_name = "DIGEST")]
    contains: Vec<String>,
    /// As JSON, one object a line
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    number: u64,
    erasure: &'a str,
    key: String,
    digest: String,
    /// As it was signed, whatever this release makes of it.
    report: serde_json::Value,
}

impl List {
    pub(super) async fn run(self) -> Result<Outcome, Failure> {
        let trusted = self.trust.trusted()?;
        let mut wanted = Vec::new();
        for text in &self.contains {
            wanted.push(Digest::parse(text).ok_or_else(|| {
                Failure::usage("--contains takes a SHA-256 as 64 hexadecimal digits in lower case")
            })?);
        }
        let sink = self.sink.open()?;
        let receipts = match Chain::load(&sink, &trusted).await {
            Ok(receipts) => receipts,
            Err(error @ ChainError::Sink(_)) => return Err(Failure::refused(chain(&error))),
            Err(error) => {
                terminal::note(&format!("The receipts are not sound: {}", chain(&error)));
                return Ok(Outcome::Findings);
            }
        };
        self.show(&receipts)?;
        let mut missing = false;
        for digest in wanted {
            if receipts.find(digest).is_none() {
                missing = true;
                terminal::note(&format!(
                    "No receipt has the digest {digest}: the last receipts were removed, or this is another sink"
                ));
            }
        }
        Ok(Outcome::found(missing))
    }

    fn show(&self, receipts: &Chain) -> Result<(), Failure> {
        let mut out = terminal::stdout();
        let mut table = terminal::table(terminal::width());
        table.set_header(["number", "erasure", "tenant", "finished", "key"]);
        for receipt in receipts.receipts() {
            if self.json {
                let text = receipt.report_text();
                let line = Line {
                    number: receipt.number(),
                    erasure: receipt.erasure(),
                    key: receipt.key().to_string(),
                    digest: receipt.digest().to_string(),
                    report: serde_json::from_str(text).unwrap_or_default(),
                };
                serde_json::to_writer(&mut out, &line).map_err(std::io::Error::from)?;
                writeln!(out)?;
                continue;
            }
            let [erasure, tenant, finished] = facts(receipt);
            let number = receipt.number().to_string();
            table.add_row([number, erasure, tenant, finished, receipt.key().to_string()]);
        }
        if !self.json {
            let count = receipts.receipts().len();
            if count > 0 {
                writeln!(out, "{table}")?;
            }
            writeln!(out, "{}", terminal::counted(count, "receipt"))?;
            if let Some(last) = receipts.receipts().last() {
                writeln!(out, "The last one has the digest {}", last.digest())?;
            }
        }
        Ok(out.flush()?)
    }
}
