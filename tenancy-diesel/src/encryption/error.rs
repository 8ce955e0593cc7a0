use std::error::Error as StdError;

use tenancy_core::encryption::{EncryptionError, KeyringError};

/// The [`EncryptionError`] inside of an error of a statement, or of a scope that could not be opened, if
/// that is what went wrong.
///
/// ```
/// use tenancy_diesel::encryption::{EncryptionError, encryption_error};
///
/// fn is_shredded(error: &diesel::result::Error) -> bool {
///     encryption_error(error) == Some(EncryptionError::TenantShredded)
/// }
/// # assert!(!is_shredded(&diesel::result::Error::NotFound));
/// ```
pub fn encryption_error(error: &diesel::result::Error) -> Option<EncryptionError> {
    let first: &(dyn StdError + 'static) = match error {
        diesel::result::Error::SerializationError(inner)
        | diesel::result::Error::DeserializationError(inner)
        | diesel::result::Error::QueryBuilderError(inner) => &**inner,
        _ => return None,
    };
    std::iter::successors(Some(first), |&error| error.source()).find_map(of)
}

/// A keyring's error stands for the one in it and does not name it as its source.
fn of(error: &(dyn StdError + 'static)) -> Option<EncryptionError> {
    match error.downcast_ref() {
        Some(KeyringError::Encryption(error)) => Some(*error),
        _ => error.downcast_ref().copied(),
    }
}
