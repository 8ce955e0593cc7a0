//! The one transaction of a request, as it goes from the layer to the handler and back.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use diesel_async::TransactionManager;
use futures_util::FutureExt;
use tenancy_diesel::{
    AsyncScopeConnection, AsyncScopedTransactionManager as Manager, Scoped, SqlTenantId,
};
use tokio::runtime::Handle;

use crate::Rejection;
use crate::limit::Visit;
use crate::pool::{Pool, ScopeOf};

/// What the layer and the extractors of a request share.
pub(crate) struct Slot<P: Pool> {
    pool: P,
    tenant: P::Id,
    options: Options,
    place: Mutex<Place<P>>,
}

/// How the transactions of a request begin.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Options {
    pub(crate) read_only: bool,
    pub(crate) statement_timeout: Option<Duration>,
}

/// Where the transaction is.
enum Place<P: Pool> {
    /// Nobody uses it. `None` until somebody did.
    Here(Option<Box<ScopeOf<P>>>),
    /// With a [`Tx`](crate::Tx).
    Away,
    /// The handler has returned. What comes back now is too late.
    Over,
}

/// The handle to a slot in the extensions of a request.
pub(crate) struct SlotHandle<P: Pool>(pub(crate) Arc<Slot<P>>);

impl<P: Pool> Clone for SlotHandle<P> {
    fn clone(&self) -> Self {
        SlotHandle(Arc::clone(&self.0))
    }
}

impl<P: Pool> Slot<P> {
    pub(crate) fn new(pool: P, tenant: P::Id, options: Options) -> Self {
        Slot {
            pool,
            tenant,
            options,
            place: Mutex::new(Place::Here(None)),
        }
    }

    /// Lends the transaction out, if it has begun.
    pub(crate) fn take(&self) -> Result<Option<Box<ScopeOf<P>>>, Rejection> {
        let mut place = self.place();
        match &mut *place {
            Place::Here(scope) => {
                let scope = scope.take();
                *place = Place::Away;
                Ok(scope)
            }
            Place::Away => Err(Rejection::TransactionInUse),
            Place::Over => Err(Rejection::TransactionEnded),
        }
    }

    /// Takes it back. After the end of the request it is given up, and its connection with it.
    pub(crate) fn give_back(&self, scope: Option<Box<ScopeOf<P>>>) {
        let mut place = self.place();
        if matches!(*place, Place::Away) {
            *place = Place::Here(scope);
        } else {
            drop(place);
            drop(scope);
        }
    }

    /// Refuses what comes after the end of the request.
    pub(crate) fn refuse_if_over(&self) -> Result<(), Rejection> {
        match &*self.place() {
            Place::Over => Err(Rejection::TransactionEnded),
            _ => Ok(()),
        }
    }

    /// Opens the scope and counts its transaction as begun. Nothing is sent before the first statement.
    pub(crate) async fn open(&self) -> Result<Box<ScopeOf<P>>, Rejection> {
        let mut scope = self.pool.open(self.tenant.clone()).await?;
        if self.options.read_only {
            scope = scope.read_only();
        }
        if let Some(timeout) = self.options.statement_timeout {
            scope = scope.statement_timeout(timeout);
        }
        Manager::begin_transaction(&mut scope).await?;
        Ok(Box::new(scope))
    }

    async fn commit(&self) -> Result<(), Rejection> {
        match self.close()? {
            Some(scope) => commit(scope, &self.tenant).await,
            None => Ok(()),
        }
    }

    fn roll_back(&self, visit: Option<Visit<P::Id>>) -> Result<(), Rejection> {
        let Some(mut scope) = self.close()? else {
            return Ok(());
        };
        let mut rollback = Box::pin(async move {
            // Where it cannot be rolled back, it is given up with its connection.
            let _ = Manager::rollback_transaction(&mut *scope).await;
            drop(scope);
            drop(visit);
        });
        // Of a transaction that has sent nothing that was all.
        if rollback.as_mut().now_or_never().is_none()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(rollback);
        }
        Ok(())
    }

    /// Nothing gets at the transaction any more.
    fn close(&self) -> Result<Option<Box<ScopeOf<P>>>, Rejection> {
        match std::mem::replace(&mut *self.place(), Place::Over) {
            Place::Here(scope) => Ok(scope),
            Place::Away => Err(Rejection::TransactionKept),
            Place::Over => Ok(None),
        }
    }

    fn place(&self) -> MutexGuard<'_, Place<P>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a request, in the one way or the other, and also when its future is dropped.
///
/// It must outlive what the handler has, so that the transaction has come back by then.
pub(crate) struct Ending<P: Pool> {
    slot: Arc<Slot<P>>,
    visit: Option<Visit<P::Id>>,
}

impl<P: Pool> Ending<P> {
    pub(crate) fn of(slot: &Arc<Slot<P>>, visit: Option<Visit<P::Id>>) -> Self {
        Ending {
            slot: Arc::clone(slot),
            visit,
        }
    }

    /// Commits the transaction.
    pub(crate) async fn commit(self) -> Result<(), Rejection> {
        self.slot.commit().await
    }

    /// Rolls it back, for which nobody has to wait: ROLLBACK stands in line behind a statement that was given up. What
    /// counts the request does so until then.
    pub(crate) fn roll_back(mut self) -> Result<(), Rejection> {
        self.slot.roll_back(self.visit.take())
    }
}

/// The client has gone away, the handler has panicked, or all has been done.
impl<P: Pool> Drop for Ending<P> {
    fn drop(&mut self) {
        // There is nobody to tell.
        let _ = self.slot.roll_back(self.visit.take());
    }
}

async fn commit<C, Id>(mut scope: Box<Scoped<C, Id>>, tenant: &Id) -> Result<(), Rejection>
where
    C: AsyncScopeConnection,
    Id: SqlTenantId,
{
    let status = Manager::transaction_manager_status_mut(&mut *scope);
    let depth = status.transaction_depth().map_err(Rejection::Commit)?;
    // The COMMIT of a nested transaction would release a savepoint, and count as one.
    if depth.map(NonZeroU32::get) != Some(1) || scope.tenant() != tenant {
        return Err(Rejection::TransactionReplaced);
    }
    let committed = Manager::commit_transaction(&mut *scope).await;
    committed.map_err(Rejection::Commit)
}
