use std::fmt::Debug;

use tenancy_core::erasure::{Amount, Target, TargetError};
use tenancy_core::{BoxFuture, CanonicalTenant};

use super::TenantIndex;

/// A search engine outside of the database, with an index for each tenant.
pub trait SearchEngine: Debug + Send + Sync {
    /// The index of a tenant. Empty for one that it has never heard of.
    fn index<'a>(&'a self, tenant: &'a CanonicalTenant) -> Box<dyn TenantIndex + 'a>;
}

/// A search engine as a target of erasures. [`PgIndex`](super::PgIndex) needs none: its tables are erased with the
/// other tables of the tenant.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
///
/// use tenancy_diesel::search::{
///     BoxFuture, CanonicalTenant, Document, EngineTarget, Hit, Search, SearchEngine, SearchError, TenantIndex,
/// };
///
/// #[derive(Debug, Default)]
/// struct Titles(Mutex<HashMap<(CanonicalTenant, String, String), String>>);
///
/// struct Of<'a>(&'a Titles, &'a CanonicalTenant);
///
/// impl SearchEngine for Titles {
///     fn index<'a>(&'a self, tenant: &'a CanonicalTenant) -> Box<dyn TenantIndex + 'a> {
///         Box::new(Of(self, tenant))
///     }
/// }
///
/// impl TenantIndex for Of<'_> {
///     fn put<'a>(&'a mut self, document: &'a Document<'a>) -> BoxFuture<'a, Result<(), SearchError>> {
///         let key = (self.1.clone(), document.kind.to_owned(), document.id.to_owned());
///         self.0.0.lock().unwrap().insert(key, document.title.to_owned());
///         Box::pin(async { Ok(()) })
///     }
///
///     fn remove<'a>(&'a mut self, kind: &'a str, id: &'a str) -> BoxFuture<'a, Result<bool, SearchError>> {
///         let key = (self.1.clone(), kind.to_owned(), id.to_owned());
///         let removed = self.0.0.lock().unwrap().remove(&key).is_some();
///         Box::pin(async move { Ok(removed) })
///     }
///
///     fn search<'a>(&'a mut self, _: &'a Search<'a>) -> BoxFuture<'a, Result<Vec<Hit>, SearchError>> {
///         Box::pin(async { Ok(Vec::new()) })
///     }
///
///     fn count(&mut self) -> BoxFuture<'_, Result<u64, SearchError>> {
///         let all = self.0.0.lock().unwrap();
///         let count = all.keys().filter(|key| key.0 == *self.1).count() as u64;
///         Box::pin(async move { Ok(count) })
///     }
///
///     fn clear(&mut self) -> BoxFuture<'_, Result<u64, SearchError>> {
///         let mut all = self.0.0.lock().unwrap();
///         let before = all.len();
///         all.retain(|key, _| key.0 != *self.1);
///         let removed = (before - all.len()) as u64;
///         Box::pin(async move { Ok(removed) })
///     }
/// }
///
/// let target = EngineTarget::new("titles", Titles::default());
/// ```
#[derive(Debug)]
pub struct EngineTarget<E> {
    name: String,
    engine: E,
    copies: Vec<String>,
}

impl<E: SearchEngine> EngineTarget<E> {
    /// The engine under the name that plans and receipts of erasures have.
    pub fn new(name: impl Into<String>, engine: E) -> Self {
        EngineTarget {
            name: name.into(),
            engine,
            copies: Vec::new(),
        }
    }

    /// Where copies remain that the engine cannot reach, for the receipt: snapshots, segments that are merged later.
    pub fn with_copies<T: Into<String>>(mut self, copies: impl IntoIterator<Item = T>) -> Self {
        self.copies = copies.into_iter().map(Into::into).collect();
        self
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }
}

impl<E: SearchEngine> Target for EngineTarget<E> {
    fn name(&self) -> &str {
        &self.name
    }

    fn count<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { Ok(Amount::items(self.engine.index(tenant).count().await?)) })
    }

    fn erase<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
    ) -> BoxFuture<'a, Result<Amount, TargetError>> {
        Box::pin(async move { Ok(Amount::items(self.engine.index(tenant).clear().await?)) })
    }

    fn copies(&self) -> Vec<String> {
        self.copies.clone()
    }
}
