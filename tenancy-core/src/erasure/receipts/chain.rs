use std::fmt;

use sha2::{Digest as _, Sha256};

use super::key::TrustedKeys;
use super::receipt::{Receipt, ReceiptError};
use super::sink::{ReceiptSink, SinkError};
use crate::hex;

/// The SHA-256 of a receipt's text, which `sha256sum` shows as well.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// What the first receipt has for the one before it.
    pub(super) const NONE: Self = Digest([0; 32]);

    pub(super) fn of(text: &[u8]) -> Self {
        Digest(Sha256::digest(text).into())
    }

    /// Reads 64 hexadecimal digits in lower case.
    pub fn parse(text: &str) -> Option<Self> {
        hex::decode(text).map(Digest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// All receipts of a sink, verified: each is signed by a trusted key, none is missing before the last, and
/// each follows the one before it.
///
/// Whoever removes the *last* receipts leaves a chain that is sound. Keep the digest of a receipt elsewhere, as
/// the ledger in the database and the copies of an [`Issuer`](super::Issuer) do, and ask [`find`](Chain::find) for it.
#[derive(Debug, Clone, Default)]
pub struct Chain(Vec<Receipt>);

impl Chain {
    /// Reads all receipts of a sink and verifies them.
    ///
    /// # Errors
    /// [`ChainError::Sink`] when the sink cannot be read, and the others for what is wrong with a receipt.
    pub async fn load<S>(sink: &S, trusted: &TrustedKeys) -> Result<Self, ChainError>
    where
        S: ReceiptSink + ?Sized,
    {
        let mut receipts = Vec::new();
        let mut previous = Digest::NONE;
        for (number, found) in (1..).zip(sink.numbers().await?) {
            if found != number {
                return Err(ChainError::Missing { number });
            }
            let text = sink.read(number).await?;
            let text = text.ok_or(ChainError::Missing { number })?;
            let receipt = Receipt::verify(&text, trusted)
                .map_err(|error| ChainError::Receipt { number, error })?;
            if receipt.number() != number {
                return Err(ChainError::OutOfPlace { number });
            }
            if receipt.previous() != previous {
                return Err(ChainError::Broken { number });
            }
            previous = receipt.digest();
            receipts.push(receipt);
        }
        Ok(Chain(receipts))
    }

    /// The receipts, the oldest first.
    pub fn receipts(&self) -> &[Receipt] {
        &self.0
    }

    /// The receipt with this digest, if it is in the chain.
    pub fn find(&self, digest: Digest) -> Option<&Receipt> {
        self.0.iter().find(|receipt| receipt.digest() == digest)
    }

    /// The receipt of an erasure, if it is in the chain.
    pub fn of_erasure(&self, erasure: &str) -> Option<&Receipt> {
        self.0.iter().find(|receipt| receipt.erasure() == erasure)
    }

    /// The number of the next receipt, and what it has for the one before.
    pub(super) fn next(&self) -> (u64, Digest) {
        match self.0.last() {
            Some(last) => (last.number() + 1, last.digest()),
            None => (1, Digest::NONE),
        }
    }

    pub(super) fn push(&mut self, receipt: Receipt) {
        self.0.push(receipt);
    }
}

/// Why the receipts of a sink are not believed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ChainError {
    /// The sink cannot be read.
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// A receipt is not there, and later ones are.
    #[error("receipt {number} is missing: it was removed, or lost; look for it in a copy")]
    Missing {
        /// Its number.
        number: u64,
    },
    /// A receipt is not believed for itself.
    #[error("receipt {number} is not valid")]
    Receipt {
        /// Its number.
        number: u64,
        /// Why.
        #[source]
        error: ReceiptError,
    },
    /// A receipt stands in the place of another.
    #[error("in the place of receipt {number} is another one")]
    OutOfPlace {
        /// The number of the place.
        number: u64,
    },
    /// A receipt follows another one than the one before it.
    #[error("receipt {number} does not follow the receipt before it: that one was exchanged")]
    Broken {
        /// Its number.
        number: u64,
    },
}
