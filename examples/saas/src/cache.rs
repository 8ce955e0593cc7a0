//! What is drawn once and asked for often.

use std::time::Duration;

use tenancy_core::cache::{
    CacheError, CacheName, CacheOptions, Lookup, MemoryStore, ScopedCache, TenantCache,
};
use uuid::Uuid;

use crate::OrgId;

/// The cache of the site. With several processes, a `RedisStore` takes the place of the memory.
pub(crate) type Cache = TenantCache<MemoryStore>;

/// 16 MiB for all organisations together.
const CAPACITY: u64 = 16 << 20;

/// The last word where a change was not noticed.
const FRESH: Duration = Duration::from_secs(300);

pub(crate) fn new() -> Result<Cache, CacheError> {
    let name = CacheName::literal("saas.fragments");
    Ok(TenantCache::new(
        MemoryStore::new(CAPACITY),
        name,
        CacheOptions::new(FRESH)?,
    ))
}

/// The image that shows how far a project is.
///
/// The key is the id as it stands in the address, so anybody can ask for any. What keeps organisations apart is that
/// each has entries of its own.
#[derive(Debug, Clone)]
pub(crate) struct ProgressOf {
    pub(crate) org: OrgId,
    pub(crate) project: Uuid,
}

impl ProgressOf {
    fn scope(&self, cache: &Cache) -> Result<(ScopedCache<MemoryStore>, String), CacheError> {
        Ok((
            cache.scope(&self.org)?,
            format!("progress/{}", self.project),
        ))
    }

    /// The image, or the place for one.
    pub(crate) async fn look_up(&self, cache: &Cache) -> Result<Lookup<MemoryStore>, CacheError> {
        let (entries, key) = self.scope(cache)?;
        entries.lookup(key).await
    }

    /// Forgets the image: a task of the project has changed.
    pub(crate) async fn forget(&self, cache: &Cache) -> Result<(), CacheError> {
        let (entries, key) = self.scope(cache)?;
        entries.delete(key).await
    }
}

#[cfg(test)]
mod tests {
    use tenancy_core::cache::Lookup;
    use uuid::Uuid;

    use super::{ProgressOf, new};
    use crate::OrgId;

    #[tokio::test]
    async fn an_image_is_found_by_its_own_organisation_alone() {
        let cache = new().unwrap();
        let ours = ProgressOf {
            org: OrgId::random(),
            project: Uuid::new_v4(),
        };
        let theirs = ProgressOf {
            org: OrgId::random(),
            ..ours.clone()
        };
        let Lookup::Miss(place) = ours.look_up(&cache).await.unwrap() else {
            panic!("it was never drawn");
        };
        place.fill("the image").await.unwrap();
        let hit = ours.look_up(&cache).await.unwrap();
        assert!(
            matches!(hit, Lookup::Hit(image) if image == "the image"),
            "the control"
        );
        let guessed = theirs.look_up(&cache).await.unwrap();
        assert!(matches!(guessed, Lookup::Miss(_)));

        theirs.forget(&cache).await.unwrap();
        assert!(matches!(
            ours.look_up(&cache).await.unwrap(),
            Lookup::Hit(_)
        ));
        ours.forget(&cache).await.unwrap();
        assert!(matches!(
            ours.look_up(&cache).await.unwrap(),
            Lookup::Miss(_)
        ));
    }
}
