use super::Keys;
use crate::encryption::file::{FileCipher, HEADER};
use crate::encryption::{Keyring, TenantKeys};
use crate::files::store::Contents;
use crate::files::{FileError, FileName, TenantFiles, TenantStore};
use crate::{CanonicalTenant, TenantId};

impl TenantFiles {
    /// Encrypts the contents of all files under the keys of their tenant. Scopes are then opened with keys, by
    /// [`scope_unlocked`](TenantFiles::scope_unlocked) or [`scope_with_keys`](TenantFiles::scope_with_keys),
    /// and in no other way.
    ///
    /// Names and lengths are not encrypted.
    ///
    /// ```
    /// # use std::sync::Arc;
    /// # use tenancy_core::encryption::*;
    /// # use tenancy_core::files::{FileName, TenantFiles, object_store::memory::InMemory};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let root = FixedKey::new(RootId::literal("2026-01"), RootKey::generate()?);
    /// # let keyring = Keyring::builder(MemoryKeyStore::new(), root).build();
    /// # keyring.create_tenant(&7).await?;
    /// let files = TenantFiles::new(Arc::new(InMemory::new())).encrypted();
    /// let store = files.scope_unlocked(&keyring, &7).await?;
    ///
    /// let name = FileName::parse("secret.txt")?;
    /// store.put(&name, "s3cret").await?;
    /// assert_eq!(store.get(&name).await?.bytes(100).await?, "s3cret");
    /// # Ok(())
    /// # }
    /// ```
    pub fn encrypted(mut self) -> Self {
        self.encrypted = true;
        self
    }

    /// The files of one tenant, with its keys. The keyring prolongs their lease for as long as a file is read
    /// or written.
    ///
    /// # Errors
    /// [`FileError::Keyring`], [`FileError::NotEncrypted`], and as [`scope`](TenantFiles::scope).
    pub async fn scope_unlocked(
        &self,
        keyring: &Keyring,
        tenant: &impl TenantId,
    ) -> Result<TenantStore, FileError> {
        let tenant = CanonicalTenant::of(tenant)?;
        let keys = keyring.unlock(&tenant).await?;
        self.with(tenant, Keys::of_keyring(keys, keyring.clone()))
    }

    /// The files of the tenant that the keys belong to. Reading and writing end with the lease of the keys,
    /// also in the middle of a file, unless something else prolongs it.
    ///
    /// # Errors
    /// [`FileError::NotEncrypted`], and as [`scope`](TenantFiles::scope).
    pub fn scope_with_keys(&self, keys: &TenantKeys) -> Result<TenantStore, FileError> {
        self.with(keys.tenant().clone(), Keys::held(keys.clone()))
    }

    fn with(&self, tenant: CanonicalTenant, keys: Keys) -> Result<TenantStore, FileError> {
        if !self.encrypted {
            return Err(FileError::NotEncrypted);
        }
        self.open(tenant, Contents::Encrypted(keys))
    }
}

impl TenantStore {
    /// Encrypts a file anew if it is of an older generation of keys than the active one, and says whether it
    /// was. Before a generation is destroyed, do this for each file of [`list`](TenantStore::list).
    ///
    /// What another process writes to the file meanwhile may be lost.
    ///
    /// # Errors
    /// [`FileError::NotEncrypted`], and as [`get`](TenantStore::get) and [`put`](TenantStore::put).
    pub async fn reseal(&self, name: &FileName) -> Result<bool, FileError> {
        let Contents::Encrypted(keys) = self.contents() else {
            return Err(FileError::NotEncrypted);
        };
        let active = keys.ready().await?.active_generation()?;
        let store = &*self.bucket().store;
        let header = super::open::header(store, &self.location(name)).await?;
        let header: &[u8; HEADER] = &header.bytes;
        let cipher = FileCipher::open(&keys.ready().await?, name.as_str(), header)?;
        if cipher.generation() == active {
            return Ok(false);
        }
        let contents = self.get(name).await?.into_stream();
        self.put_stream(name, contents).await?;
        Ok(true)
    }
}
