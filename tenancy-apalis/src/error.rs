use apalis_core::error::{AbortError, BoxDynError, DeferredError, RetryAfterError};

/// A handler asked for [`InScope`](crate::InScope) and there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotInScope {
    /// The worker has no [`TenantLayer`](crate::TenantLayer) over a pool with such scopes.
    #[error(
        "the task is in no scope of this type; add a `TenantLayer` to the worker, over the pool whose scopes the \
         handler takes"
    )]
    NoLayer,
    /// There was no scope to be had, for a reason that passes.
    #[error(transparent)]
    NotNow(Reason),
    /// The scope was taken before, by another argument of the handler.
    #[error("the scope of the task was taken already")]
    Taken,
}

/// Why a task failed, in a text that stands in the program: the only text of a handler that the queue keeps.
///
/// ```
/// use apalis_core::error::BoxDynError;
/// use tenancy_apalis::Reason;
///
/// fn check(number: u32) -> Result<(), BoxDynError> {
///     if number == 0 {
///         return Err(Reason("there is no invoice 0").into());
///     }
///     Ok(())
/// }
/// # assert!(check(0).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Reason(pub &'static str);

/// What the queue keeps of an error of a handler: whether it is tried again, and a [`Reason`].
pub(crate) fn without_values(error: BoxDynError) -> BoxDynError {
    let reason = reason_of(&*error);
    if error.is::<AbortError>() {
        return AbortError::new(reason).into();
    }
    if error.is::<DeferredError>() {
        return DeferredError::new(reason).into();
    }
    match error.downcast_ref::<RetryAfterError>() {
        Some(later) => RetryAfterError::new(reason, later.get_duration()).into(),
        None => reason.into(),
    }
}

fn reason_of(error: &(dyn std::error::Error + 'static)) -> Reason {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(reason) = error.downcast_ref::<Reason>() {
            return *reason;
        }
        match error.downcast_ref::<NotInScope>() {
            Some(NotInScope::NotNow(reason)) => return *reason,
            Some(_) => {
                return Reason("the handler takes a scope of another type, or takes it twice");
            }
            None => {}
        }
        next = error.source();
    }
    Reason("the handler failed; its error is not kept, for it may hold values")
}
