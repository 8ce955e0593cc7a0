use std::fmt;
use std::sync::Arc;

use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;

use super::{ExecuteStatement, ScopedQuery};
use crate::ambient::{self, Binding};
use crate::{ScopeError, SqlTenantId};

/// The SQL of a scoped query and its bind values, as tenant `tenant` would run it.
///
/// Nothing is sent. [`Display`](fmt::Display) gives the exact text plus a comment with the binds, as
/// Diesel's `debug_query` does.
///
/// # Errors
/// [`ScopeError::InvalidTenant`] when the id cannot be a tenant's.
pub fn debug_query<Q, Id>(
    query: ScopedQuery<Q, Id>,
    tenant: Id,
) -> Result<DebugQuery<Q::Statement>, ScopeError>
where
    Q: ExecuteStatement,
    Id: SqlTenantId,
{
    tenant.validate()?;
    Ok(DebugQuery {
        statement: query.inner.into_execute(),
        binding: Binding::new(tenant),
    })
}

/// What [`debug_query`] shows.
pub struct DebugQuery<S> {
    statement: S,
    binding: Arc<Binding>,
}

impl<S: QueryFragment<Pg>> fmt::Display for DebugQuery<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ambient::enter(&self.binding, || {
            fmt::Display::fmt(&diesel::debug_query::<Pg, _>(&self.statement), f)
        })
    }
}

impl<S: QueryFragment<Pg>> fmt::Debug for DebugQuery<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ambient::enter(&self.binding, || {
            fmt::Debug::fmt(&diesel::debug_query::<Pg, _>(&self.statement), f)
        })
    }
}
