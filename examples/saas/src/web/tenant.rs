//! From the address of a request to the scope of an organisation.

use axum::http::request::Parts;
use tenancy_axum::{Candidate, DirectoryError, TenantDirectory};
use tenancy_diesel::bb8::Lease;

use super::SignedIn;
use crate::accounts;
use crate::ids::OrgId;
use crate::schema::{self, TenantPool};

/// The transaction of a request, in the scope of its organisation.
pub(crate) type Tx = tenancy_axum::Tx<TenantPool>;

/// What a query of a tenant runs on.
pub(crate) type Conn = schema::Scoped<Lease>;

/// Which organisations there are, for those who belong to them.
#[derive(Debug, Clone)]
pub(crate) struct Directory {
    pool: TenantPool,
}

impl Directory {
    pub(crate) fn new(pool: TenantPool) -> Self {
        Directory { pool }
    }
}

impl TenantDirectory for Directory {
    type Id = OrgId;

    /// An organisation that does not exist and one that is somebody else's have the same answer.
    async fn find(&self, slug: &Candidate, parts: &Parts) -> Result<Option<OrgId>, DirectoryError> {
        let SignedIn { session, .. } = parts
            .extensions
            .get::<SignedIn>()
            .ok_or(DirectoryError::SignIn)?;
        let mut conn = self.pool.shared().await?;
        Ok(accounts::entry(&mut conn, session, slug.as_str()).await?)
    }
}
