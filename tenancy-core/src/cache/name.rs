use std::borrow::Cow;

/// Why the name of a cache was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the name of a cache has 1 to 64 bytes of A-Z a-z 0-9 . _ -")]
pub struct InvalidCacheName;

const MAX_NAME_BYTES: usize = 64;

const fn is_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !bytes[i].is_ascii_alphanumeric() && !matches!(bytes[i], b'.' | b'_' | b'-') {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty() && bytes.len() <= MAX_NAME_BYTES
}

/// The name of a cache, with which all of its keys begin: what keeps two caches in one store apart, and
/// two applications in one Redis.
///
/// A form of values that older releases cannot read asks for another name, such as `shop.prices.2`.
///
/// ```
/// use tenancy_core::cache::CacheName;
///
/// const PRICES: CacheName = CacheName::literal("shop.prices");
/// assert_eq!(CacheName::parse("shop.prices"), Ok(PRICES));
/// assert!(CacheName::parse("shop:prices").is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CacheName(Cow<'static, str>);

impl CacheName {
    /// A name that stands in the program.
    ///
    /// # Panics
    /// When it is not 1 to 64 bytes of `A-Z a-z 0-9 . _ -`: at compile time in a `const`.
    pub const fn literal(name: &'static str) -> Self {
        assert!(
            is_name(name),
            "the name of a cache has 1 to 64 bytes of A-Z a-z 0-9 . _ -"
        );
        CacheName(Cow::Borrowed(name))
    }

    /// A name from elsewhere.
    ///
    /// # Errors
    /// [`InvalidCacheName`] when it is not 1 to 64 bytes of `A-Z a-z 0-9 . _ -`.
    pub fn parse(name: &str) -> Result<Self, InvalidCacheName> {
        if !is_name(name) {
            return Err(InvalidCacheName);
        }
        Ok(CacheName(Cow::Owned(name.to_owned())))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
