use std::fs::{self, File};
use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use tenancy_core::erasure::receipts::SigningKey;

use crate::failure::{Failure, Outcome, chain};
use crate::terminal;

const HELP: &str = "\
Keep the secret half where the database's administrators do not reach it: whoever has it can make receipts of \
erasures that never were. Give the public half to whoever is to verify receipts. Neither file is ever written over.

A new key goes with the old public key: name both with --public-key, so that earlier receipts are believed.

Example:
  tenancy receipt keygen --secret receipt.key --public receipt.pub";

#[derive(Debug, Args)]
#[command(after_long_help = HELP)]
pub(super) struct Keygen {
    /// The new file of the key that signs; its owner alone may read it
    #[arg(long, value_name = "FILE")]
    secret: PathBuf,
    /// The new file of the public key
    #[arg(long, value_name = "FILE")]
    public: PathBuf,
}

impl Keygen {
    pub(super) fn run(self) -> Result<Outcome, Failure> {
        let key = SigningKey::generate().map_err(|error| Failure::refused(chain(&error)))?;
        key.write_new(&self.secret).map_err(|error| {
            Failure::usage(format!("{}: {}", self.secret.display(), chain(&error)))
        })?;
        let public = key.public();
        let written = File::create_new(&self.public).and_then(|mut file| {
            writeln!(file, "{public}")?;
            file.sync_all()
        });
        if let Err(error) = written {
            // A key whose public half nobody has is of no use, and its file would be in the way.
            let _ = fs::remove_file(&self.secret);
            return Err(Failure::usage(format!(
                "{} cannot be written: {error}; no key was made",
                self.public.display()
            )));
        }
        writeln!(terminal::stdout(), "key {}", public.id())?;
        Ok(Outcome::Fine)
    }
}
