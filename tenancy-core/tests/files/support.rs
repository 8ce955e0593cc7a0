use std::sync::Arc;

use tenancy_core::CanonicalTenant;
use tenancy_core::encryption::{FixedKey, Keyring, MemoryKeyStore, RootId, RootKey};
use tenancy_core::files::object_store::ObjectStore;
use tenancy_core::files::object_store::memory::InMemory;
use tenancy_core::files::{Bucket, FileError, FileName, LocalDisk, TenantFiles, TenantStore};

pub(crate) fn name(text: &str) -> FileName {
    FileName::parse(text).unwrap()
}

pub(crate) fn tenant(text: &str) -> CanonicalTenant {
    CanonicalTenant::from_text(text).unwrap()
}

pub(crate) async fn read(store: &TenantStore, name: &str) -> Result<Vec<u8>, FileError> {
    let contents = store.get(&self::name(name)).await?;
    Ok(contents.bytes(u64::MAX).await?.to_vec())
}

pub(crate) async fn names(store: &TenantStore) -> Vec<String> {
    names_below(store, None).await
}

pub(crate) async fn names_below(store: &TenantStore, below: Option<&str>) -> Vec<String> {
    use futures_util::TryStreamExt;
    let below = below.map(name);
    let found: Vec<_> = store.list(below.as_ref()).try_collect().await.unwrap();
    let mut names: Vec<_> = found.iter().map(|info| info.name.to_string()).collect();
    names.sort();
    names
}

/// A bucket, what is in it without any scope, and what must outlive it.
pub(crate) struct Place {
    pub(crate) bucket: Bucket,
    pub(crate) raw: Arc<dyn ObjectStore>,
    _folder: Option<tempfile::TempDir>,
}

pub(crate) fn in_memory() -> Place {
    let raw = Arc::new(InMemory::new());
    Place {
        bucket: Bucket::from(Arc::clone(&raw)),
        raw,
        _folder: None,
    }
}

pub(crate) fn on_disk() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let disk = LocalDisk::open(folder.path()).unwrap();
    Place {
        raw: Arc::new(disk.clone()),
        bucket: disk.into(),
        _folder: Some(folder),
    }
}

pub(crate) fn places() -> [Place; 2] {
    [in_memory(), on_disk()]
}

/// A keyring in which these tenants have keys.
pub(crate) async fn keyring(tenants: &[&str]) -> Keyring {
    let root = FixedKey::new(RootId::literal("test"), RootKey::generate().unwrap());
    let keyring = Keyring::builder(MemoryKeyStore::new(), root).build();
    for tenant in tenants {
        keyring.create_tenant(&self::tenant(tenant)).await.unwrap();
    }
    keyring
}

/// Encrypted files of two tenants.
pub(crate) struct Encrypted {
    pub(crate) raw: Arc<dyn ObjectStore>,
    pub(crate) keyring: Keyring,
    pub(crate) files: TenantFiles,
    pub(crate) a: TenantStore,
    pub(crate) b: TenantStore,
    _place: Place,
}

pub(crate) async fn encrypted(place: Place) -> Encrypted {
    let keyring = keyring(&["a", "b"]).await;
    let files = TenantFiles::new(place.bucket.clone()).encrypted();
    let a = files.scope_unlocked(&keyring, &tenant("a")).await.unwrap();
    let b = files.scope_unlocked(&keyring, &tenant("b")).await.unwrap();
    Encrypted {
        raw: Arc::clone(&place.raw),
        keyring,
        files,
        a,
        b,
        _place: place,
    }
}

/// Bytes that no two chunks and no two files have in common.
pub(crate) fn contents(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2).wrapping_add(1);
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(seed | 1);
        (state >> 56) as u8
    };
    (0..length).map(|_| next()).collect()
}
