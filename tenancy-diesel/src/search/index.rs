use tenancy_core::BoxFuture;

use super::{Document, Excerpt, Search, SearchError};

/// A document that was found.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hit {
    /// What it is.
    pub kind: String,
    /// Which one.
    pub id: String,
    /// Its title, as it was put in, not escaped.
    pub title: String,
    /// How well it fits, by its own words alone. Numbers compare within one search.
    pub rank: f32,
    /// The places where the words were found.
    pub excerpt: Excerpt,
}

impl Hit {
    /// A hit of an engine of your own.
    pub fn new(kind: String, id: String, title: String, rank: f32, excerpt: Excerpt) -> Self {
        Hit {
            kind,
            id,
            title,
            rank,
            excerpt,
        }
    }
}

/// The index of one tenant. Which one was decided where it was opened; nothing here names a tenant.
///
/// An implementation over an engine outside of the database keeps to the same: what another tenant has put in is
/// not found, not counted, not removed, and does not change how well something fits.
pub trait TenantIndex: Send {
    /// Puts a document in, in the place of the one with its key.
    ///
    /// # Errors
    /// [`SearchError`] with the reason. The document that was there stays.
    fn put<'a>(&'a mut self, document: &'a Document<'a>) -> BoxFuture<'a, Result<(), SearchError>>;

    /// Takes a document out, and says whether it was there.
    ///
    /// # Errors
    /// [`SearchError`] with the reason.
    fn remove<'a>(
        &'a mut self,
        kind: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<bool, SearchError>>;

    /// The documents that fit, the best first.
    ///
    /// # Errors
    /// [`SearchError`] with the reason.
    fn search<'a>(
        &'a mut self,
        search: &'a Search<'a>,
    ) -> BoxFuture<'a, Result<Vec<Hit>, SearchError>>;

    /// How many documents there are.
    ///
    /// # Errors
    /// [`SearchError`] with the reason. "Cannot be reached" is never zero.
    fn count(&mut self) -> BoxFuture<'_, Result<u64, SearchError>>;

    /// Takes all documents of the tenant out, and says how many there were.
    ///
    /// # Errors
    /// [`SearchError`] with the reason.
    fn clear(&mut self) -> BoxFuture<'_, Result<u64, SearchError>>;
}
