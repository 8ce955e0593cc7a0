//! The tenant of a task.

use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

use tenancy_core::InvalidTenantId;
use tokio::task::{AbortHandle, JoinHandle, JoinSet};

use crate::SqlTenantId;

tokio::task_local! {
    static CURRENT: Entered;
}

/// The id of the tenant that a task works for, for code that cannot pass a connection along.
///
/// It is an id and nothing else. [`current_scope`](crate::pool::TenantPool::current_scope) of a pool opens a
/// scope of it; no connection and no query ever looks here. A task has one tenant of each type of id, until
/// the future that was entered ends.
///
/// Tasks that are spawned with tokio's own functions have none. The functions here carry it over.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// use tenancy_diesel::{CurrentTenant, CurrentTenantError};
///
/// CurrentTenant::enter(7i64, async {
///     assert_eq!(CurrentTenant::try_get(), Ok(7i64));
///
///     let carried = CurrentTenant::<i64>::spawn(async { CurrentTenant::try_get() })?;
///     assert_eq!(carried.await?, Ok(7i64));
///
///     let lost = tokio::spawn(async { CurrentTenant::<i64>::try_get() });
///     assert_eq!(lost.await?, Err(CurrentTenantError::Absent));
///     # Ok::<_, Box<dyn std::error::Error>>(())
/// })
/// .await?
/// # })
/// # }
/// ```
#[derive(Debug)]
pub struct CurrentTenant<Id>(PhantomData<fn() -> Id>);

/// Why a task has no tenant, or cannot have this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CurrentTenantError {
    /// The task has entered no tenant.
    #[error(
        "this task has no tenant: enter one with `CurrentTenant::enter`, and spawn tasks with \
         `CurrentTenant::spawn`"
    )]
    Absent,
    /// The task works for another tenant already.
    #[error("this task works for another tenant already")]
    Other,
    /// The id cannot be a tenant's.
    #[error(transparent)]
    Invalid(#[from] InvalidTenantId),
}

impl<Id: SqlTenantId> CurrentTenant<Id> {
    /// Runs a future for a tenant.
    ///
    /// # Errors
    /// [`CurrentTenantError::Invalid`] when the id cannot be a tenant's, and [`CurrentTenantError::Other`]
    /// in a task that works for another one: work for two tenants belongs into two tasks. Nothing of the
    /// future has run then.
    pub async fn enter<F: Future>(tenant: Id, future: F) -> Result<F::Output, CurrentTenantError> {
        let entered = Entered::current().with(tenant)?;
        Ok(CURRENT.scope(entered, future).await)
    }

    /// [`enter`](Self::enter) for synchronous code: runs a closure for a tenant, on this thread.
    ///
    /// # Errors
    /// As `enter`.
    pub fn enter_blocking<R>(
        tenant: Id,
        step: impl FnOnce() -> R,
    ) -> Result<R, CurrentTenantError> {
        let entered = Entered::current().with(tenant)?;
        Ok(CURRENT.sync_scope(entered, step))
    }

    /// The tenant of this task.
    ///
    /// # Errors
    /// [`CurrentTenantError::Absent`] when it has none.
    pub fn try_get() -> Result<Id, CurrentTenantError> {
        let entered = Entered::current();
        entered.find().cloned().ok_or(CurrentTenantError::Absent)
    }

    /// [`tokio::spawn`], for the tenant of this task.
    ///
    /// # Errors
    /// [`CurrentTenantError::Absent`] when it has none. Nothing is spawned then.
    ///
    /// # Panics
    /// Outside of a tokio runtime, as `tokio::spawn`.
    pub fn spawn<F>(future: F) -> Result<JoinHandle<F::Output>, CurrentTenantError>
    where
        F: Future<Output: Send + 'static> + Send + 'static,
    {
        let entered = Self::carried()?;
        Ok(tokio::spawn(CURRENT.scope(entered, future)))
    }

    /// [`tokio::task::spawn_blocking`], for the tenant of this task.
    ///
    /// # Errors
    /// [`CurrentTenantError::Absent`] when it has none. Nothing is spawned then.
    ///
    /// # Panics
    /// Outside of a tokio runtime, as `spawn_blocking`.
    pub fn spawn_blocking<R: Send + 'static>(
        step: impl FnOnce() -> R + Send + 'static,
    ) -> Result<JoinHandle<R>, CurrentTenantError> {
        let entered = Self::carried()?;
        Ok(tokio::task::spawn_blocking(move || {
            CURRENT.sync_scope(entered, step)
        }))
    }

    /// [`JoinSet::spawn`], for the tenant of this task.
    ///
    /// # Errors
    /// [`CurrentTenantError::Absent`] when it has none. Nothing is spawned then.
    ///
    /// # Panics
    /// Outside of a tokio runtime, as `JoinSet::spawn`.
    pub fn spawn_in<T: Send + 'static>(
        set: &mut JoinSet<T>,
        future: impl Future<Output = T> + Send + 'static,
    ) -> Result<AbortHandle, CurrentTenantError> {
        let entered = Self::carried()?;
        Ok(set.spawn(CURRENT.scope(entered, future)))
    }

    fn carried() -> Result<Entered, CurrentTenantError> {
        let entered = Entered::current();
        match entered.find::<Id>() {
            Some(_) => Ok(entered),
            None => Err(CurrentTenantError::Absent),
        }
    }
}

/// The tenants that a task has entered, one of each type of id.
#[derive(Clone, Default)]
struct Entered(Vec<Arc<dyn Any + Send + Sync>>);

impl Entered {
    fn current() -> Self {
        CURRENT.try_with(Self::clone).unwrap_or_default()
    }

    fn find<Id: SqlTenantId>(&self) -> Option<&Id> {
        self.0.iter().find_map(|tenant| tenant.downcast_ref())
    }

    fn with<Id: SqlTenantId>(mut self, tenant: Id) -> Result<Self, CurrentTenantError> {
        tenant.validate()?;
        match self.find::<Id>() {
            Some(entered) if *entered == tenant => {}
            Some(_) => return Err(CurrentTenantError::Other),
            None => self.0.push(Arc::new(tenant)),
        }
        Ok(self)
    }
}
