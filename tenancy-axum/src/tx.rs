use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::Rejection;
use crate::pool::{Pool, ScopeOf};
use crate::slot::{Slot, SlotHandle};

/// The transaction of the request, in the scope of its tenant.
///
/// A request has one. It takes a connection when [`conn`](Self::conn) is called first, so none is held while the body
/// of the request arrives, and BEGIN travels with the first statement. The layer commits it when the response is
/// below 400, before anything of it is sent, and rolls it back otherwise.
///
/// An extractor of the application may use it and drop it; the handler then gets the same transaction. Two that are
/// alive at a time are refused with [`Rejection::TransactionInUse`].
///
/// ```
/// # mod example {
/// # include!("doc/setup.rs");
/// type Tx = tenancy_axum::Tx<schema::TenantPool>;
///
/// async fn names(mut tx: Tx) -> Result<Json<Vec<String>>, Rejection> {
///     let conn = tx.conn().await?;
///     Ok(Json(projects::table.select(projects::name).load(conn).await?))
/// }
/// # }
/// ```
pub struct Tx<P: Pool> {
    slot: Arc<Slot<P>>,
    scope: Option<Box<ScopeOf<P>>>,
}

impl<P: Pool> Tx<P> {
    /// The connection, in the request's transaction: `&mut schema::Scoped<..>`.
    ///
    /// # Errors
    /// [`Rejection::NoConnection`] when there is none to be had in time, [`Rejection::Pool`] when the scope could not be
    /// opened for another reason, and [`Rejection::TransactionEnded`] when the handler has returned already.
    pub async fn conn(&mut self) -> Result<&mut ScopeOf<P>, Rejection> {
        self.slot.refuse_if_over()?;
        if self.scope.is_none() {
            self.scope = Some(self.slot.open().await?);
        }
        // It has just been opened, if it was not.
        self.scope.as_deref_mut().ok_or(Rejection::TransactionEnded)
    }
}

impl<P: Pool> Drop for Tx<P> {
    fn drop(&mut self) {
        self.slot.give_back(self.scope.take());
    }
}

impl<P: Pool, S: Sync> FromRequestParts<S> for Tx<P> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let handle = parts.extensions.get::<SlotHandle<P>>();
        let SlotHandle(slot) = handle.ok_or(Rejection::NoLayer)?.clone();
        let scope = slot.take()?;
        Ok(Tx { slot, scope })
    }
}

impl<P: Pool> fmt::Debug for Tx<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx")
            .field("begun", &self.scope.is_some())
            .finish()
    }
}
