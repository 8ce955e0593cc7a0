use std::any::TypeId;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The statements that are known to be prepared on a connection.
///
/// diesel-async prepares a statement when it first meets it, and waits for the server's answer
/// before it sends the execution. A COMMIT sent meanwhile would arrive before it. So COMMIT may
/// follow at once only a statement that has run here before and was cached then: the cache of a
/// connection never forgets. Only statements with a static query id are remembered, which is how
/// diesel-async finds them too, without a look at their SQL or bind types.
#[derive(Debug, Clone, Default)]
pub struct KnownStatements(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    ids: Mutex<HashSet<TypeId>>,
    disabled: AtomicBool,
}

impl KnownStatements {
    pub(super) fn contains(&self, id: Option<TypeId>) -> bool {
        !self.0.disabled.load(Ordering::Relaxed)
            && id.is_some_and(|id| {
                self.0
                    .ids
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .contains(&id)
            })
    }

    pub(super) fn insert(&self, id: TypeId) {
        self.0
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id);
    }

    /// Begins anew, for another size of the statement cache.
    pub(super) fn reset(&self, cache_enabled: bool) {
        self.0.disabled.store(!cache_enabled, Ordering::Relaxed);
        self.0
            .ids
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
