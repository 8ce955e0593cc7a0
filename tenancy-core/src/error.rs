/// Why a tenant id was refused.
///
/// The text never contains the id: error texts reach logs and other tenants' screens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidTenantId {
    /// The nil UUID (all bits 0), the value of an unset field.
    #[error("the nil UUID is not a tenant id; pass the id of an existing tenant")]
    NilUuid,
    /// The max UUID (all bits 1), reserved by RFC 9562, section 5.10.
    #[error("the max UUID is not a tenant id; pass the id of an existing tenant")]
    MaxUuid,
    /// The integer 0, the value of an unset field.
    #[error("0 is not a tenant id; tenant ids are positive integers")]
    Zero,
    /// A negative integer, which programs use as a sentinel.
    #[error("a negative number is not a tenant id; tenant ids are positive integers")]
    Negative,
    /// The empty text, which a session has after its first transaction-local setting.
    #[error("an empty text is not a tenant id")]
    Empty,
    /// A text of white space only.
    #[error("a blank text is not a tenant id")]
    Blank,
    /// A text of more than [`MAX_TEXT_ID_BYTES`](crate::MAX_TEXT_ID_BYTES) bytes.
    #[error("a tenant id of {bytes} bytes is too long; at most {max} are accepted")]
    TooLong {
        /// The length that was refused, in bytes.
        bytes: usize,
        /// The greatest length that is accepted, in bytes.
        max: usize,
    },
    /// A character outside the accepted set.
    #[error("byte {position} of the tenant id is not accepted; use {accepted}")]
    Character {
        /// Where the character begins, in bytes from 0.
        position: usize,
        /// The accepted set, in words.
        accepted: &'static str,
    },
    /// A text of dots only, which is a path and not a name.
    #[error("a tenant id cannot consist of dots only")]
    OnlyDots,
    /// The text is not the canonical form of such an id.
    #[error("the text is not a tenant id; expected {expected}")]
    Malformed {
        /// What the text should have looked like.
        expected: &'static str,
    },
}
