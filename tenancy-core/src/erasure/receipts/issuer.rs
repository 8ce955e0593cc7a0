use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use super::chain::{Chain, ChainError};
use super::key::{PublicKey, SigningKey, TrustedKeys};
use super::receipt::{Place, Receipt, ReceiptError};
use super::sink::{ReceiptSink, SinkError};
use crate::erasure::Report;

/// How often another issuer may be faster.
const ATTEMPTS: usize = 32;

/// Signs receipts and appends them to a sink, and to copies of it.
///
/// It verifies the whole chain before it adds to it, and reads back what it has added. Several may write to one sink at
/// the same time.
pub struct Issuer {
    key: SigningKey,
    trusted: TrustedKeys,
    sink: Arc<dyn ReceiptSink>,
    copies: Vec<Arc<dyn ReceiptSink>>,
}

impl Issuer {
    /// Signs with this key, for this sink.
    pub fn new(key: SigningKey, sink: Arc<dyn ReceiptSink>) -> Self {
        Issuer {
            trusted: key.public().into(),
            key,
            sink,
            copies: Vec::new(),
        }
    }

    /// A key that signed earlier receipts of the sink.
    #[must_use]
    pub fn trust(mut self, key: PublicKey) -> Self {
        self.trusted = self.trusted.with(key);
        self
    }

    /// Another sink, which gets each receipt that it lacks. If one of them differs there, the chain of one of the two
    /// was changed.
    #[must_use]
    pub fn copy_to(mut self, sink: Arc<dyn ReceiptSink>) -> Self {
        self.copies.push(sink);
        self
    }

    /// Verifies the chain and asks the copies, before an erasure whose receipt is wanted.
    ///
    /// # Errors
    /// [`IssueError`], if a receipt could not be issued now.
    pub async fn check(&self) -> Result<Chain, IssueError> {
        let chain = Chain::load(&*self.sink, &self.trusted).await?;
        self.copy(&chain).await?;
        Ok(chain)
    }

    /// Issues the receipt of an erasure that is finished. When it is issued already, with the same report, that
    /// receipt is handed out: an erasure that was cut off may ask again.
    ///
    /// # Errors
    /// [`IssueError`]. Unless it says otherwise, nothing was issued.
    pub async fn issue(&self, report: &Report) -> Result<Receipt, IssueError> {
        if !report.is_finished() {
            return Err(IssueError::NotFinished);
        }
        let text = report.to_json().map_err(|_| ReceiptError::Report)?;
        self.issue_text(&report.erasure, &format!("{text}\n")).await
    }

    /// [`issue`](Self::issue) with a report that is a text already.
    ///
    /// The report is a text that ends with a line break. The name of the erasure is 1 to 64 ASCII letters,
    /// digits and hyphens.
    ///
    /// # Errors
    /// [`IssueError`]. Unless it says otherwise, nothing was issued.
    pub async fn issue_text(&self, erasure: &str, report: &str) -> Result<Receipt, IssueError> {
        for _ in 0..ATTEMPTS {
            let mut chain = Chain::load(&*self.sink, &self.trusted).await?;
            if let Some(receipt) = chain.of_erasure(erasure) {
                if receipt.report_text() != report {
                    return Err(IssueError::OtherReport {
                        number: receipt.number(),
                    });
                }
                let receipt = receipt.clone();
                self.copy(&chain).await?;
                return Ok(receipt);
            }
            let (number, previous) = chain.next();
            let place = Place {
                number,
                previous,
                erasure,
            };
            let receipt = Receipt::sign(&place, report, &self.key)?;
            match self.sink.append(number, receipt.text()).await {
                // Another issuer was faster.
                Err(SinkError::Taken { .. }) => continue,
                other => other.map_err(ChainError::Sink)?,
            }
            let kept = self.sink.read(number).await.map_err(ChainError::Sink)?;
            if kept.as_deref() != Some(receipt.text().as_bytes()) {
                return Err(IssueError::NotKept { number });
            }
            chain.push(receipt.clone());
            self.copy(&chain).await?;
            return Ok(receipt);
        }
        Err(IssueError::Busy)
    }

    /// Brings each copy up to date. The newest is looked at too where it is there: of a chain whose end was cut off and
    /// written anew, it differs.
    async fn copy(&self, chain: &Chain) -> Result<(), IssueError> {
        for copy in &self.copies {
            let of_copy = |error| IssueError::Copy {
                sink: copy.name(),
                error,
            };
            let there: HashSet<u64> = copy.numbers().await.map_err(of_copy)?.into_iter().collect();
            for receipt in chain.receipts() {
                let number = receipt.number();
                if !there.contains(&number) {
                    match copy.append(number, receipt.text()).await {
                        Err(SinkError::Taken { .. }) => {}
                        other => {
                            other.map_err(of_copy)?;
                            continue;
                        }
                    }
                }
                let kept = copy.read(number).await.map_err(of_copy)?;
                if kept.as_deref() != Some(receipt.text().as_bytes()) {
                    let sink = copy.name();
                    return Err(IssueError::CopyDiffers { sink, number });
                }
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Issuer")
            .field("key", &self.key)
            .field("sink", &self.sink)
            .field("copies", &self.copies)
            .finish_non_exhaustive()
    }
}

/// Why a receipt was not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IssueError {
    /// The sink failed, or the receipts in it are not sound.
    #[error("the chain of receipts cannot be added to")]
    Chain(#[from] ChainError),
    /// The report is of an erasure that is not finished.
    #[error("the erasure is not finished; run it again, and then ask for its receipt")]
    NotFinished,
    /// The report cannot stand in a receipt.
    #[error(
        "the report cannot stand in a receipt: it is too long, lacks its last line break, or its erasure has an odd name"
    )]
    Report(#[from] ReceiptError),
    /// There is a receipt of this erasure, with another report.
    #[error("receipt {number} is of the same erasure and has another report")]
    OtherReport {
        /// Its number.
        number: u64,
    },
    /// What the sink answers is not what was written.
    #[error("the sink does not have receipt {number} as it was written")]
    NotKept {
        /// Its number.
        number: u64,
    },
    /// The receipt is issued, and a copy could not be written. Asking again writes it.
    #[error("the receipt is issued; its copy in {sink} could not be written")]
    Copy {
        /// What sink it is.
        sink: String,
        /// Why.
        #[source]
        error: SinkError,
    },
    /// The receipt is issued, and a copy has another receipt of this number.
    #[error("receipt {number} in {sink} differs: one of the two chains was changed")]
    CopyDiffers {
        /// What sink it is.
        sink: String,
        /// The number.
        number: u64,
    },
    /// Other issuers were faster, again and again.
    #[error("others kept adding receipts to the sink; ask again")]
    Busy,
}
