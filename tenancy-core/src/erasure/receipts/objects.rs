use std::fmt;
use std::sync::Arc;

use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{Error, GetRange, ObjectStore, ObjectStoreExt, PutMode, PutPayload};

use super::receipt::MAX_RECEIPT_BYTES;
use super::sink::{self, ReceiptSink, SinkError};
use crate::BoxFuture;

/// A bucket of an object store, with an object for each receipt below a prefix.
///
/// The store has to know `PutMode::Create`, by which an object is never written over. A retention lock of the bucket
/// keeps them from being deleted, also by whoever has the application's credentials.
///
/// ```
/// use std::sync::Arc;
///
/// use tenancy_core::erasure::receipts::Objects;
/// use tenancy_core::files::object_store::memory::InMemory;
///
/// let sink = Objects::new(Arc::new(InMemory::new()), "receipts/shop");
/// ```
#[derive(Clone)]
pub struct Objects {
    store: Arc<dyn ObjectStore>,
    prefix: Path,
}

impl Objects {
    /// Receipts below a prefix, where nothing else is.
    pub fn new(store: Arc<dyn ObjectStore>, prefix: &str) -> Self {
        Objects {
            store,
            prefix: Path::from(prefix),
        }
    }

    fn location(&self, number: u64) -> Path {
        self.prefix.clone().join(sink::file_name(number))
    }

    fn failed(&self, error: Error) -> SinkError {
        SinkError::Failed {
            sink: self.name(),
            error: Box::new(error),
        }
    }

    async fn list(&self) -> Result<Vec<u64>, Error> {
        let mut numbers = Vec::new();
        let mut objects = self.store.list(Some(&self.prefix));
        while let Some(object) = objects.try_next().await? {
            let number = object.location.filename().and_then(sink::number_of);
            // Directly below the prefix, and nowhere else.
            numbers.extend(number.filter(|number| self.location(*number) == object.location));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    async fn get(&self, number: u64) -> Result<Option<Vec<u8>>, Error> {
        let location = self.location(number);
        let size = match self.store.head(&location).await {
            Ok(object) => object.size,
            Err(Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        // One byte more, so that one that is too long is refused and not cut off.
        let end = size.min(MAX_RECEIPT_BYTES as u64 + 1);
        if end == 0 {
            return Ok(Some(Vec::new()));
        }
        let range = GetRange::Bounded(0..end);
        let options = object_store::GetOptions {
            range: Some(range),
            ..Default::default()
        };
        let found = self.store.get_opts(&location, options).await?;
        Ok(Some(found.bytes().await?.to_vec()))
    }
}

impl ReceiptSink for Objects {
    fn name(&self) -> String {
        format!("{} of {}", self.prefix, self.store)
    }

    fn numbers(&self) -> BoxFuture<'_, Result<Vec<u64>, SinkError>> {
        Box::pin(async { self.list().await.map_err(|error| self.failed(error)) })
    }

    fn read(&self, number: u64) -> BoxFuture<'_, Result<Option<Vec<u8>>, SinkError>> {
        Box::pin(async move { self.get(number).await.map_err(|error| self.failed(error)) })
    }

    fn append<'a>(&'a self, number: u64, text: &'a str) -> BoxFuture<'a, Result<(), SinkError>> {
        Box::pin(async move {
            let location = self.location(number);
            let payload = PutPayload::from(text.to_owned());
            let put = self
                .store
                .put_opts(&location, payload, PutMode::Create.into());
            match put.await {
                Ok(_) => Ok(()),
                Err(Error::AlreadyExists { .. } | Error::Precondition { .. }) => {
                    Err(SinkError::Taken { number })
                }
                Err(error) => Err(self.failed(error)),
            }
        })
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects")
            .field("prefix", &self.prefix.as_ref())
            .finish_non_exhaustive()
    }
}
