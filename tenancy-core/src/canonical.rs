use std::fmt;
use std::sync::Arc;

use crate::{InvalidTenantId, TenantId, validate_wide_text};

/// The canonical text of a validated tenant id, whatever the type of the id: what keys are derived from,
/// and what files, jobs and caches are told apart by.
///
/// `Debug` does not show it, and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CanonicalTenant(Arc<str>);

impl CanonicalTenant {
    /// The text of an id.
    ///
    /// # Errors
    /// [`InvalidTenantId`] when no tenant can have the id.
    pub fn of(id: &impl TenantId) -> Result<Self, InvalidTenantId> {
        id.validate()?;
        CanonicalTenant::from_text(&id.canonical())
    }

    /// The text as a store outside of the program holds it.
    ///
    /// # Errors
    /// [`InvalidTenantId`] when it is empty, too long or holds control characters.
    pub fn from_text(text: &str) -> Result<Self, InvalidTenantId> {
        validate_wide_text(text)?;
        Ok(CanonicalTenant(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[cfg(feature = "encryption")]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What takes an id takes either form of it.
impl TenantId for CanonicalTenant {
    fn canonical(&self) -> String {
        self.0.to_string()
    }

    fn parse(text: &str) -> Result<Self, InvalidTenantId> {
        CanonicalTenant::from_text(text)
    }

    fn validate(&self) -> Result<(), InvalidTenantId> {
        validate_wide_text(&self.0)
    }
}

impl fmt::Debug for CanonicalTenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CanonicalTenant(..)")
    }
}
