//! What the tests share: keyrings, a clock that is set by hand, and a store that fails when told to.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tenancy_core::encryption::*;

pub const LABEL: Label = Label::literal("projects.api_key");
pub const LEASE: Duration = Duration::from_secs(60);

/// One key for all tests, so that two keyrings share it.
pub fn root() -> FixedKey {
    let digits = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
    FixedKey::new(
        RootId::literal("2026-01"),
        RootKey::from_hex(&digits.into()).unwrap(),
    )
}

pub fn other_root(id: &'static str) -> FixedKey {
    let digits = "ff112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
    FixedKey::new(
        RootId::literal(id),
        RootKey::from_hex(&digits.into()).unwrap(),
    )
}

/// The keys of tenant 1, without a store.
pub fn keys_of(tenant: i32) -> TenantKeys {
    use std::sync::OnceLock;
    static KEYS: OnceLock<DerivedKeys> = OnceLock::new();
    let keys = KEYS
        .get_or_init(|| DerivedKeys::new_blocking("tests", RootKey::generate().unwrap()).unwrap());
    keys.tenant(&tenant).unwrap()
}

pub fn column() -> Column {
    keys_of(1).column(&LABEL).unwrap()
}

#[derive(Debug, Clone)]
pub struct ManualClock(Arc<Mutex<Moment>>);

impl ManualClock {
    pub fn new() -> Self {
        ManualClock(Arc::new(Mutex::new(Moment {
            monotonic: Duration::from_secs(1_000),
            wall: Duration::from_secs(1_700_000_000),
        })))
    }

    pub fn pass(&self, time: Duration) {
        let mut moment = self.0.lock().unwrap();
        moment.monotonic += time;
        moment.wall += time;
    }

    pub fn set(&self, change: impl FnOnce(&mut Moment)) {
        change(&mut self.0.lock().unwrap());
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Moment {
        *self.0.lock().unwrap()
    }
}

/// Something that happens in another process just before a write.
type Hook = Box<dyn FnOnce() + Send>;

/// A memory store that counts, fails, and lets another process be faster.
#[derive(Default)]
pub struct TestStore {
    pub inner: MemoryKeyStore,
    pub loads: AtomicU64,
    pub fails: AtomicBool,
    write_hook: Mutex<Option<Hook>>,
    load_hook: Mutex<Option<Hook>>,
}

impl TestStore {
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    pub fn before_the_next_write(&self, hook: impl FnOnce() + Send + 'static) {
        *self.write_hook.lock().unwrap() = Some(Box::new(hook));
    }

    pub fn during_the_next_load(&self, hook: impl FnOnce() + Send + 'static) {
        *self.load_hook.lock().unwrap() = Some(Box::new(hook));
    }

    pub fn record(&self, tenant: i32) -> TenantRecord {
        wait(self.inner.load(&canonical(tenant))).unwrap().unwrap()
    }

    pub fn put(&self, tenant: i32, record: TenantRecord) {
        self.inner.overwrite(&canonical(tenant), Some(record));
    }

    /// Changes a tenant's record behind the keyring's back.
    pub fn edit(&self, tenant: i32, change: impl FnOnce(&mut KeyRecord)) {
        let mut record = self.record(tenant);
        change(record.keys.as_mut().unwrap());
        self.put(tenant, record);
    }

    fn run(&self, hook: &Mutex<Option<Hook>>) {
        let hook = hook.lock().unwrap().take();
        if let Some(hook) = hook {
            hook();
        }
    }
}

impl KeyStore for TestStore {
    fn load<'a>(&'a self, tenant: &'a CanonicalTenant) -> StoreFuture<'a, Option<TenantRecord>> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        if self.fails.load(Ordering::Relaxed) {
            return Box::pin(async { Err("the network is down".to_owned().into_error()) });
        }
        self.run(&self.load_hook);
        self.inner.load(tenant)
    }

    fn create<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        self.run(&self.write_hook);
        self.inner.create(tenant, record)
    }

    fn replace<'a>(
        &'a self,
        tenant: &'a CanonicalTenant,
        expected: u64,
        record: &'a TenantRecord,
    ) -> StoreFuture<'a, Written> {
        self.run(&self.write_hook);
        self.inner.replace(tenant, expected, record)
    }

    fn tenants<'a>(
        &'a self,
        after: Option<&'a CanonicalTenant>,
        limit: usize,
    ) -> StoreFuture<'a, Vec<CanonicalTenant>> {
        self.inner.tenants(after, limit)
    }

    fn copies(&self) -> Vec<String> {
        vec!["the log, for 7 days".to_owned()]
    }
}

trait IntoError {
    fn into_error(self) -> StoreError;
}

impl IntoError for String {
    fn into_error(self) -> StoreError {
        Arc::from(Box::<dyn std::error::Error + Send + Sync>::from(self))
    }
}

pub fn canonical(tenant: i32) -> CanonicalTenant {
    CanonicalTenant::of(&tenant).unwrap()
}

pub fn generation(number: u32) -> KeyGeneration {
    KeyGeneration::new(number).unwrap()
}

/// A keyring as another process would have it: its own memory, the same store and root.
pub fn keyring(store: &Arc<TestStore>) -> Keyring {
    Keyring::builder(Arc::clone(store), root()).build()
}

pub fn keyring_with(store: &Arc<TestStore>, clock: &ManualClock) -> Keyring {
    Keyring::builder(Arc::clone(store), root())
        .clock(clock.clone())
        .build()
}

/// A keyring with the keys of tenant 1, and its store.
pub fn created() -> (Keyring, Arc<TestStore>) {
    let store = TestStore::new();
    let keyring = keyring(&store);
    wait(keyring.create_tenant(&1)).unwrap();
    (keyring, store)
}

pub fn encryption_error<T>(result: Result<T, KeyringError>) -> EncryptionError {
    match result {
        Err(KeyringError::Encryption(error)) => error,
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("no error"),
    }
}
