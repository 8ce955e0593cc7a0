use std::error::Error as StdError;

use tenancy_core::encryption::EncryptionError;

/// The [`EncryptionError`] inside of an error of a statement, if that is what went wrong.
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
    std::iter::successors(Some(first), |&error| error.source())
        .find_map(|error| error.downcast_ref().copied())
}
