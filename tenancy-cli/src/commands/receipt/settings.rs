//! Which keys are believed, who signs, and where receipts are kept.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tenancy_core::erasure::receipts::{
    Directory, Issuer, PublicKey, ReceiptSink, SigningKey, TrustedKeys,
};

use crate::failure::{Failure, chain};

const SIGNING_KEY: &str = "TENANCY_RECEIPT_KEY";
const PUBLIC_KEY: &str = "TENANCY_RECEIPT_PUBLIC_KEY";
const SINK: &str = "TENANCY_RECEIPT_SINK";

fn setting(option: Option<&str>, variable: &str) -> Option<String> {
    let option = option.map(str::to_owned);
    option
        .or_else(|| std::env::var(variable).ok())
        .filter(|text| !text.is_empty())
}

/// The keys that are believed.
#[derive(Debug, Args)]
pub(in crate::commands) struct TrustSettings {
    /// A public key that is trusted: its file, or its 64 digits; may be repeated
    /// [env: TENANCY_RECEIPT_PUBLIC_KEY]
    #[arg(long, value_name = "KEY")]
    public_key: Vec<String>,
}

impl TrustSettings {
    pub(in crate::commands) fn keys(&self) -> Result<Vec<PublicKey>, Failure> {
        let mut named = self.public_key.clone();
        if named.is_empty() {
            named.extend(setting(None, PUBLIC_KEY));
        }
        named.iter().map(|text| public_key(text)).collect()
    }

    pub(in crate::commands) fn trusted(&self) -> Result<TrustedKeys, Failure> {
        let keys = self.keys()?;
        if keys.is_empty() {
            return Err(
                Failure::usage("no public key is named, so no receipt can be verified").help(format!(
                    "give --public-key with the file that `tenancy receipt keygen` wrote, or set {PUBLIC_KEY}"
                )),
            );
        }
        Ok(keys.into_iter().collect())
    }
}

fn public_key(text: &str) -> Result<PublicKey, Failure> {
    if let Ok(key) = text.parse() {
        return Ok(key);
    }
    let unreadable = |why: String| {
        Failure::usage(format!("the public key {text} cannot be read: {why}"))
            .help("it is the file that `tenancy receipt keygen --public` wrote")
    };
    let content = fs::read_to_string(text).map_err(|error| unreadable(error.to_string()))?;
    content
        .parse()
        .map_err(|error| unreadable(chain(&error as &dyn std::error::Error)))
}

/// Where receipts are kept.
#[derive(Debug, Args)]
pub(in crate::commands) struct SinkSettings {
    /// The directory of the receipts, outside of the database [env: TENANCY_RECEIPT_SINK]
    #[arg(long, value_name = "DIRECTORY")]
    sink: Option<PathBuf>,
}

impl SinkSettings {
    pub(in crate::commands) fn is_named(&self) -> bool {
        self.path().is_some()
    }

    fn path(&self) -> Option<PathBuf> {
        let named = self.sink.clone();
        named.or_else(|| setting(None, SINK).map(PathBuf::from))
    }

    pub(in crate::commands) fn open(&self) -> Result<Directory, Failure> {
        let path = self.path().ok_or_else(|| {
            Failure::usage("the directory of the receipts is not named")
                .help(format!("give --sink, or set {SINK}"))
        })?;
        Directory::open(path).map_err(|error| Failure::usage(chain(&error)))
    }
}

/// Who signs.
#[derive(Debug, Args)]
pub(in crate::commands) struct SigningSettings {
    #[command(flatten)]
    pub(in crate::commands) sink: SinkSettings,
    /// The key that signs the receipt: file:PATH, group-file:PATH or env:VARIABLE [env: TENANCY_RECEIPT_KEY]
    #[arg(long, value_name = "SOURCE")]
    signing_key: Option<String>,
    /// Another directory that gets a copy of each receipt; may be repeated
    #[arg(long, value_name = "DIRECTORY")]
    copy_to: Vec<PathBuf>,
    #[command(flatten)]
    pub(in crate::commands) trust: TrustSettings,
}

impl SigningSettings {
    /// What issues receipts, or nothing when no key is named: the sink is there to be read.
    pub(in crate::commands) fn issuer_if_it_signs(&self) -> Result<Option<Issuer>, Failure> {
        match setting(self.signing_key.as_deref(), SIGNING_KEY) {
            Some(_) => self.issuer(),
            None => Ok(None),
        }
    }

    /// What issues receipts, or nothing when neither a sink nor a key is named.
    pub(in crate::commands) fn issuer(&self) -> Result<Option<Issuer>, Failure> {
        let source = setting(self.signing_key.as_deref(), SIGNING_KEY);
        let Some(source) = source else {
            if self.sink.is_named() {
                return Err(Failure::usage("the key that signs receipts is not named").help(format!(
                    "give --signing-key, such as --signing-key file:receipt.key, or set {SIGNING_KEY}"
                )));
            }
            return Ok(None);
        };
        let key = signing_key(&source)?;
        let sink: Arc<dyn ReceiptSink> = Arc::new(self.sink.open()?);
        let mut issuer = Issuer::new(key, sink);
        for key in self.trust.keys()? {
            issuer = issuer.trust(key);
        }
        for path in &self.copy_to {
            let copy = Directory::open(path).map_err(|error| Failure::usage(chain(&error)))?;
            issuer = issuer.copy_to(Arc::new(copy));
        }
        Ok(Some(issuer))
    }
}

fn signing_key(source: &str) -> Result<SigningKey, Failure> {
    // What was given is not repeated: somebody may have put the key itself there.
    let key = match source.split_once(':') {
        Some(("file", path)) => SigningKey::from_file(path),
        Some(("group-file", path)) => SigningKey::from_group_file(path),
        Some(("env", variable)) => SigningKey::from_environment(variable),
        _ => {
            return Err(Failure::usage(
                "the key that signs receipts is not named in the form SOURCE:PLACE",
            )
            .help("such as --signing-key file:receipt.key, or env:SHOP_RECEIPT_KEY"));
        }
    };
    key.map_err(|error| Failure::usage(chain(&error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signing_key_on_the_command_line_is_refused_and_not_repeated() {
        let key = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
        for source in [key.to_owned(), format!("hex:{key}"), format!("env:{key}")] {
            let failure = signing_key(&source).unwrap_err();
            assert_eq!(failure.code(), 2);
            assert!(!format!("{failure:?}").contains(key), "{failure:?}");
        }
    }
}
