use std::error::Error;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{CacheError, CacheStore, ScopedCache};

/// Values of serde types, as JSON. What is there and cannot be read as the type, because an older release
/// wrote it, is taken for none.
impl<S: CacheStore> ScopedCache<S> {
    /// [`get`](ScopedCache::get) of a value of a serde type.
    ///
    /// # Errors
    /// As [`get`](ScopedCache::get).
    pub async fn get_json<T: DeserializeOwned>(
        &self,
        key: impl AsRef<[u8]>,
    ) -> Result<Option<T>, CacheError> {
        let value = self.get(key).await?;
        Ok(value.and_then(|value| self.parsed(&value)))
    }

    /// [`set`](ScopedCache::set) of a value of a serde type.
    ///
    /// # Errors
    /// As [`set`](ScopedCache::set), and [`CacheError::Json`].
    pub async fn set_json<T: Serialize + ?Sized>(
        &self,
        key: impl AsRef<[u8]>,
        value: &T,
    ) -> Result<bool, CacheError> {
        let json = serde_json::to_vec(value).map_err(CacheError::Json)?;
        self.set(key, json).await
    }

    /// [`get_or_load`](ScopedCache::get_or_load) of a value of a serde type.
    ///
    /// # Errors
    /// As [`get_or_load`](ScopedCache::get_or_load), and [`CacheError::Json`] when what another caller loaded
    /// under the key is no `T`. A value that cannot be written is [`CacheError::Load`].
    pub async fn get_or_load_json<T, E, F, L>(
        &self,
        key: impl AsRef<[u8]>,
        load: L,
    ) -> Result<T, CacheError>
    where
        T: Serialize + DeserializeOwned,
        E: Into<Box<dyn Error + Send + Sync>>,
        F: Future<Output = Result<T, E>>,
        L: FnOnce() -> F,
    {
        let address = self.address(key)?;
        let read = self.read(&address).await?;
        if let Some(value) = read.value.as_ref().and_then(|value| self.parsed(value)) {
            return Ok(value);
        }
        let json = || async {
            let value = load().await.map_err(Into::into)?;
            Ok::<_, Box<dyn Error + Send + Sync>>(Bytes::from(serde_json::to_vec(&value)?))
        };
        let json = self.load(&address, read.ticket, json).await?;
        serde_json::from_slice(&json).map_err(CacheError::Json)
    }

    fn parsed<T: DeserializeOwned>(&self, value: &[u8]) -> Option<T> {
        let parsed = serde_json::from_slice(value).ok();
        if parsed.is_none() {
            self.refuse("it is no JSON of the type that was asked for");
        }
        parsed
    }
}
