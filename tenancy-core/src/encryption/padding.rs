use std::num::NonZeroU16;

/// Whether the length of a value is hidden.
///
/// An envelope is 80 bytes longer than its plaintext, so it tells the length. A padded one tells how
/// many blocks the value fills.
///
/// ```
/// use tenancy_core::encryption::Padding;
///
/// assert_eq!(Padding::to_blocks_of(0), None);
/// assert_ne!(Padding::to_blocks_of(64), Some(Padding::None));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Padding {
    /// The length shows.
    #[default]
    None,
    /// ISO/IEC 7816-4 padding up to a multiple of this many bytes: at least one byte is added.
    Blocks(NonZeroU16),
}

impl Padding {
    /// Padding to a multiple of this many bytes; 0 is none.
    pub const fn to_blocks_of(bytes: u16) -> Option<Self> {
        match NonZeroU16::new(bytes) {
            Some(block) => Some(Padding::Blocks(block)),
            None => None,
        }
    }
}
