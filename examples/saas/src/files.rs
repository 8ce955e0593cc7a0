//! Contents of files: in the part of the store that is the organisation's, under the id of the row.

use axum::body::Bytes;
use tenancy_core::files::{FileError, FileName, TenantStore};
use uuid::Uuid;

use crate::{App, BoxError, OrgId};

/// More than a file that was uploaded can have.
const MAX_BYTES: u64 = 16 << 20;

/// The organisation's part of the store, with its keys: contents are encrypted.
async fn store(app: &App, org: &OrgId) -> Result<TenantStore, FileError> {
    app.files().scope_unlocked(app.keyring(), org).await
}

/// The name in the store. People's names for files are in the rows alone, so none of them leads anywhere.
fn name(id: Uuid) -> Result<FileName, FileError> {
    Ok(FileName::parse(&format!("attachments/{id}"))?)
}

pub(crate) async fn put(app: &App, org: &OrgId, id: Uuid, contents: Bytes) -> Result<(), BoxError> {
    Ok(store(app, org).await?.put(&name(id)?, contents).await?)
}

/// The contents. None where there is no such file, or where it is another organisation's.
pub(crate) async fn get(app: &App, org: &OrgId, id: Uuid) -> Result<Option<Bytes>, BoxError> {
    match store(app, org).await?.get(&name(id)?).await {
        Ok(contents) => Ok(Some(contents.bytes(MAX_BYTES).await?)),
        Err(FileError::NotFound) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Contents whose rows are gone. A handler puts them into the extensions of its response.
#[derive(Debug, Clone)]
pub(crate) struct Discarded {
    pub(crate) org: OrgId,
    pub(crate) ids: Vec<Uuid>,
}

impl Discarded {
    /// Deletes the contents. What is gone already is no failure.
    pub(crate) async fn delete(&self, app: &App) -> Result<(), BoxError> {
        let store = store(app, &self.org).await?;
        for &id in &self.ids {
            match store.delete(&name(id)?).await {
                Ok(()) | Err(FileError::NotFound) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
