//! Contents of files, in the part of the store that is the organisation's.

use std::collections::HashMap;
use std::fmt;
use std::sync::Mutex;

use axum::body::Bytes;
use uuid::Uuid;

use crate::{BoxError, OrgId};

/// Where the contents of files are.
#[derive(Default)]
pub struct Files(Mutex<HashMap<(OrgId, Uuid), Bytes>>);

impl Files {
    pub async fn put(&self, org: &OrgId, id: Uuid, contents: Bytes) -> Result<(), BoxError> {
        self.0
            .lock()
            .map_err(|_| "poisoned")?
            .insert((*org, id), contents);
        Ok(())
    }

    pub async fn get(&self, org: &OrgId, id: Uuid) -> Result<Option<Bytes>, BoxError> {
        Ok(self
            .0
            .lock()
            .map_err(|_| "poisoned")?
            .get(&(*org, id))
            .cloned())
    }

    pub async fn delete(&self, org: &OrgId, id: Uuid) -> Result<(), BoxError> {
        self.0.lock().map_err(|_| "poisoned")?.remove(&(*org, id));
        Ok(())
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files").finish_non_exhaustive()
    }
}
