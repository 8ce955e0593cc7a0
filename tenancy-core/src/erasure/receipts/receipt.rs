use std::fmt::Write as _;
use std::ops::Range;

use super::chain::Digest;
use super::key::{KeyId, SigningKey, TrustedKeys};
use crate::erasure::Report;
use crate::hex;

/// The longest receipt that is read or written, in bytes.
pub const MAX_RECEIPT_BYTES: usize = 4 << 20;

/// The first line, up to the version. It keeps a signature from being one of anything else.
const KIND: &str = "tenancy erasure receipt ";
const VERSION: &str = "1";
const SIGNATURE: &str = "signature ";

/// A receipt whose signature was verified. There are no others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    text: String,
    key: KeyId,
    number: u64,
    previous: Digest,
    erasure: String,
    report: Range<usize>,
}

/// What a receipt says beside the report.
pub(super) struct Place<'a> {
    pub(super) number: u64,
    pub(super) previous: Digest,
    pub(super) erasure: &'a str,
}

impl Receipt {
    pub(super) fn sign(
        place: &Place<'_>,
        report: &str,
        key: &SigningKey,
    ) -> Result<Self, ReceiptError> {
        if !is_name(place.erasure) || !report.ends_with('\n') {
            return Err(ReceiptError::NotAReceipt);
        }
        let public = key.public();
        let mut text = format!(
            "{KIND}{VERSION}\nkey {}\nnumber {}\nprevious {}\nerasure {}\n\n{report}",
            public.id(),
            place.number,
            place.previous,
            place.erasure
        );
        let signature = hex::encode(&key.sign(text.as_bytes()));
        let _ = writeln!(text, "{SIGNATURE}{signature}");
        // Nothing is handed out that would not be read again.
        Receipt::verify(text.as_bytes(), &TrustedKeys::from(public))
    }

    /// Verifies a receipt and reads it.
    ///
    /// # Errors
    /// [`ReceiptError::NotAReceipt`] and [`ReceiptError::TooLong`] for anything else than a receipt,
    /// [`ReceiptError::UnsupportedVersion`] for one of a later release, [`ReceiptError::UnknownKey`] when
    /// it names a key that is not believed, and [`ReceiptError::Tampered`] when that key did not sign these bytes.
    pub fn verify(bytes: &[u8], trusted: &TrustedKeys) -> Result<Self, ReceiptError> {
        if bytes.len() > MAX_RECEIPT_BYTES {
            return Err(ReceiptError::TooLong);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ReceiptError::NotAReceipt)?;
        let version = text
            .strip_prefix(KIND)
            .and_then(|rest| rest.split_once('\n'))
            .map(|(version, _)| version)
            .ok_or(ReceiptError::NotAReceipt)?;
        if version != VERSION {
            let number = canonical_number(version).ok_or(ReceiptError::NotAReceipt)?;
            return Err(ReceiptError::UnsupportedVersion { version: number });
        }
        let parsed = parse(text).ok_or(ReceiptError::NotAReceipt)?;
        let key = (trusted.get(parsed.receipt.key)).ok_or(ReceiptError::UnknownKey {
            key: parsed.receipt.key,
        })?;
        if !key.verifies(parsed.signed, &parsed.signature) {
            return Err(ReceiptError::Tampered);
        }
        Ok(parsed.receipt)
    }

    /// The whole text, as a sink keeps it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The key that signed it.
    pub fn key(&self) -> KeyId {
        self.key
    }

    /// Its place in the chain. The first is 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The digest of the receipt before it.
    pub fn previous(&self) -> Digest {
        self.previous
    }

    /// The digest by which the next one refers to it: the SHA-256 of its text.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// The erasure that it is a receipt of.
    pub fn erasure(&self) -> &str {
        &self.erasure
    }

    /// The report as it was signed.
    pub fn report_text(&self) -> &str {
        &self.text[self.report.clone()]
    }

    /// The report, read.
    ///
    /// # Errors
    /// [`ReceiptError::Report`] when it is of another form than this release knows, or of another erasure than
    /// the receipt.
    pub fn report(&self) -> Result<Report, ReceiptError> {
        let report = Report::from_json(self.report_text()).map_err(|_| ReceiptError::Report)?;
        if report.format != Report::FORMAT || report.erasure != self.erasure {
            return Err(ReceiptError::Report);
        }
        Ok(report)
    }
}

struct Parsed<'a> {
    receipt: Receipt,
    signed: &'a [u8],
    signature: [u8; 64],
}

/// Takes a text apart. Nothing of it is believed yet.
fn parse(text: &str) -> Option<Parsed<'_>> {
    let (before, last) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let signed = &text[..before.len() + 1];
    let signature = hex::decode(last.strip_prefix(SIGNATURE)?)?;

    let mut rest = signed;
    let mut line = |name: &str| {
        let (line, after) = rest.split_once('\n')?;
        rest = after;
        line.strip_prefix(name)
    };
    line(KIND)?;
    let key = KeyId::parse(line("key ")?)?;
    let number = canonical_number(line("number ")?).filter(|number| *number > 0)?;
    let previous = Digest::parse(line("previous ")?)?;
    let erasure = line("erasure ").filter(|name| is_name(name))?;
    line("").filter(|line| line.is_empty())?;
    if rest.is_empty() {
        return None;
    }
    let report = signed.len() - rest.len()..signed.len();
    Some(Parsed {
        receipt: Receipt {
            text: text.to_owned(),
            key,
            number,
            previous,
            erasure: erasure.to_owned(),
            report,
        },
        signed: signed.as_bytes(),
        signature,
    })
}

/// A number in the one form that is written.
fn canonical_number(text: &str) -> Option<u64> {
    let number = text.parse().ok()?;
    (u64::to_string(&number) == text).then_some(number)
}

/// The name of an erasure, which stands in a line of its own.
pub(super) fn is_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && (text.bytes()).all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Why a receipt is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// It does not have the form of a receipt.
    #[error("this is no receipt of an erasure")]
    NotAReceipt,
    /// It is longer than [`MAX_RECEIPT_BYTES`].
    #[error("this is no receipt of an erasure: it is longer than {MAX_RECEIPT_BYTES} bytes")]
    TooLong,
    /// A later release wrote it.
    #[error("the receipt has the version {version}, which a later release of this tool reads")]
    UnsupportedVersion {
        /// The version of its form.
        version: u64,
    },
    /// It names a key that is not among the trusted ones.
    #[error("the receipt names the key {key}, which is not among the public keys that are trusted")]
    UnknownKey {
        /// The key that it names.
        key: KeyId,
    },
    /// The key that it names did not sign this text.
    #[error(
        "the receipt was changed after it was signed, or the signature is not of the key that it names"
    )]
    Tampered,
    /// The signature is good, and the report is not one that this release reads.
    #[error("the report in the receipt is not of the form that this release knows")]
    Report,
}
