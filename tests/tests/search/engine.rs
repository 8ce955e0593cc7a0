//! An engine outside of the database, as a target of erasures.

use std::collections::BTreeSet;
use std::sync::Mutex;

use tenancy_core::erasure::{Amount, Target};
use tenancy_diesel::search::{
    BoxFuture, CanonicalTenant, Document, EngineTarget, Hit, Search, SearchEngine, SearchError,
    TenantIndex,
};

#[derive(Debug, Default)]
struct Keys(Mutex<BTreeSet<(CanonicalTenant, String)>>);

struct Of<'a>(&'a Keys, &'a CanonicalTenant);

impl SearchEngine for Keys {
    fn index<'a>(&'a self, tenant: &'a CanonicalTenant) -> Box<dyn TenantIndex + 'a> {
        Box::new(Of(self, tenant))
    }
}

impl TenantIndex for Of<'_> {
    fn put<'a>(&'a mut self, document: &'a Document<'a>) -> BoxFuture<'a, Result<(), SearchError>> {
        self.0
            .0
            .lock()
            .unwrap()
            .insert((self.1.clone(), document.id.to_owned()));
        Box::pin(async { Ok(()) })
    }

    fn remove<'a>(
        &'a mut self,
        _: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<bool, SearchError>> {
        let removed = self
            .0
            .0
            .lock()
            .unwrap()
            .remove(&(self.1.clone(), id.to_owned()));
        Box::pin(async move { Ok(removed) })
    }

    fn search<'a>(&'a mut self, _: &'a Search<'a>) -> BoxFuture<'a, Result<Vec<Hit>, SearchError>> {
        Box::pin(async { Err(SearchError::Engine("it is down".into())) })
    }

    fn count(&mut self) -> BoxFuture<'_, Result<u64, SearchError>> {
        let keys = self.0.0.lock().unwrap();
        let count = keys.iter().filter(|key| key.0 == *self.1).count() as u64;
        Box::pin(async move { Ok(count) })
    }

    fn clear(&mut self) -> BoxFuture<'_, Result<u64, SearchError>> {
        let mut keys = self.0.0.lock().unwrap();
        let before = keys.len();
        keys.retain(|key| key.0 != *self.1);
        let removed = (before - keys.len()) as u64;
        Box::pin(async move { Ok(removed) })
    }
}

#[tokio::test]
async fn an_engine_is_counted_and_erased_for_one_tenant() {
    let target = EngineTarget::new("words", Keys::default()).with_copies(["snapshots"]);
    let [a, b] = ["a", "b"].map(|id| CanonicalTenant::from_text(id).unwrap());
    for tenant in [&a, &b] {
        for id in ["1", "2"] {
            let document = crate::world::note(id, "", "");
            target.engine().index(tenant).put(&document).await.unwrap();
        }
    }
    assert_eq!(
        (target.name(), target.copies()),
        ("words", vec!["snapshots".to_owned()])
    );
    assert_eq!(target.count(&a).await.unwrap(), Amount::items(2));
    assert_eq!(target.erase(&a).await.unwrap(), Amount::items(2));
    assert_eq!(target.erase(&a).await.unwrap(), Amount::items(0));
    assert_eq!(target.count(&b).await.unwrap(), Amount::items(2));
}
