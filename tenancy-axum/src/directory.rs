use axum::http::request::Parts;
use tenancy_diesel::pool::{CheckoutError, Error as PoolError};
use tenancy_diesel::{SqlTenantId, TenantId};

use crate::{Candidate, Rejection};

/// Who may act for which tenant: the question that an application answers.
///
/// ```
/// use axum::http::request::Parts;
/// use tenancy_axum::{Candidate, DirectoryError, TenantDirectory};
///
/// /// Put into the request's extensions by a layer that checks the session's cookie.
/// #[derive(Clone)]
/// struct SignedIn {
///     organisations: Vec<(String, i64)>,
/// }
///
/// struct Members;
///
/// impl TenantDirectory for Members {
///     type Id = i64;
///
///     async fn find(&self, name: &Candidate, parts: &Parts) -> Result<Option<i64>, DirectoryError> {
///         let user = parts.extensions.get::<SignedIn>().ok_or(DirectoryError::SignIn)?;
///         let mut organisations = user.organisations.iter();
///         Ok(organisations.find(|(slug, _)| slug == name.as_str()).map(|(_, id)| *id))
///     }
/// }
/// ```
///
/// One that asks the database does so before there is a tenant, on a connection of
/// [`pool.shared()`](tenancy_diesel::pool::TenantPool::shared), through a function that runs as its owner, returns an
/// id and nothing else.
pub trait TenantDirectory: Send + Sync + 'static {
    /// The tenant id of the schema.
    type Id: SqlTenantId;

    /// The tenant that goes by this name, if the request may act for it.
    ///
    /// `None` is for a tenant that does not exist and for one that is not the user's alike: one answer, so that
    /// names cannot be tried out. For the same reason ask who the user is before the name is looked up.
    ///
    /// # Errors
    /// [`DirectoryError::SignIn`] when nobody is signed in, and whatever went wrong.
    fn find(
        &self,
        name: &Candidate,
        parts: &Parts,
    ) -> impl Future<Output = Result<Option<Self::Id>, DirectoryError>> + Send;
}

/// Why a [`TenantDirectory`] has no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// Nobody is signed in, so nobody can act for a tenant.
    #[error("nobody is signed in")]
    SignIn,
    /// A connection could not be had, or a statement failed.
    #[error("the directory of the tenants could not be asked")]
    Database(#[source] PoolError),
    /// Anything else.
    #[error("the directory of the tenants could not be asked")]
    Other(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl DirectoryError {
    /// An error of the application's own.
    pub fn other(error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        DirectoryError::Other(error.into())
    }
}

impl From<PoolError> for DirectoryError {
    fn from(error: PoolError) -> Self {
        DirectoryError::Database(error)
    }
}

impl From<CheckoutError> for DirectoryError {
    fn from(error: CheckoutError) -> Self {
        DirectoryError::Database(error.into())
    }
}

impl From<diesel::result::Error> for DirectoryError {
    fn from(error: diesel::result::Error) -> Self {
        DirectoryError::Database(error.into())
    }
}

impl From<DirectoryError> for Rejection {
    fn from(error: DirectoryError) -> Self {
        match error {
            DirectoryError::SignIn => Rejection::SignIn,
            other => Rejection::Directory(other),
        }
    }
}

/// A directory for tokens that name the tenant by its id: what the issuer of the token says is so.
///
/// Names that no token vouches for are unknown to it, so it goes with [`Bearer`](crate::Bearer) alone. With a path or a
/// host beside the token, write a directory that knows their names.
///
/// ```
/// use tenancy_axum::VouchedFor;
///
/// let directory = VouchedFor::<i64>::new();
/// ```
#[derive(Debug)]
pub struct VouchedFor<Id>(std::marker::PhantomData<fn() -> Id>);

impl<Id: SqlTenantId> VouchedFor<Id> {
    /// The directory.
    pub fn new() -> Self {
        VouchedFor(std::marker::PhantomData)
    }
}

impl<Id: SqlTenantId> Default for VouchedFor<Id> {
    fn default() -> Self {
        Self::new()
    }
}

impl<Id: SqlTenantId> TenantDirectory for VouchedFor<Id> {
    type Id = Id;

    async fn find(&self, name: &Candidate, _: &Parts) -> Result<Option<Id>, DirectoryError> {
        Ok((name.is_verified())
            .then(|| <Id as TenantId>::parse(name.as_str()).ok())
            .flatten())
    }
}
