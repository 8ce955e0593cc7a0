use std::error::Error;
use std::fmt;

use crate::BoxFuture;

/// A place outside of the database that keeps receipts.
///
/// Restoring a backup of the database does not take it back with it: that is its whole purpose. It is best where
/// the application and the database's administrators can add and not remove, such as a bucket with object lock.
pub trait ReceiptSink: fmt::Debug + Send + Sync {
    /// What it is, for messages.
    fn name(&self) -> String;

    /// The numbers of the receipts that are there, ascending.
    ///
    /// # Errors
    /// [`SinkError::Failed`]. "Cannot be reached" is never an empty list.
    fn numbers(&self) -> BoxFuture<'_, Result<Vec<u64>, SinkError>>;

    /// The text of a receipt, or `None` when it is not there.
    ///
    /// # Errors
    /// [`SinkError::Failed`].
    fn read(&self, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SinkError>>;

    /// Keeps a receipt under its number. `Ok` means that it survives the loss of power. After an error,
    /// either all of it is there or nothing.
    ///
    /// # Errors
    /// [`SinkError::Taken`] when there is one of this number already, which stays as it is.
    fn append<'a>(&'a self, number: u64, text: &'a str) -> BoxFuture<'a, Result<(), SinkError>>;
}

const SUFFIX: &str = ".receipt";

/// The name of a receipt where receipts are files. It has as many digits as the largest number, so that the order
/// of names is that of numbers.
pub(super) fn file_name(number: u64) -> String {
    format!("{number:020}{SUFFIX}")
}

/// The number of a file with the name of a receipt: each number has one name.
pub(super) fn number_of(name: &str) -> Option<u64> {
    let number = name.strip_suffix(SUFFIX)?.parse().ok()?;
    (file_name(number) == name).then_some(number)
}

/// Why a sink failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SinkError {
    /// There is a receipt of this number.
    #[error("receipt {number} is there already")]
    Taken {
        /// Its number.
        number: u64,
    },
    /// It could not be read or written.
    #[error("{sink}: receipts could not be read or written")]
    Failed {
        /// What sink it is.
        sink: String,
        /// Why.
        #[source]
        error: Box<dyn Error + Send + Sync>,
    },
}
