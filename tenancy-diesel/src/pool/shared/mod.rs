//! A connection that is in nobody's scope.

#[cfg(any(feature = "bb8", feature = "deadpool"))]
mod asynchronous;
#[cfg(feature = "r2d2")]
mod blocking;
mod nobody;

use std::fmt;

use self::nobody::Nobody;
use super::Error;
use crate::SqlTenantId;
use crate::scoped::{ScopeConnection, Scoped};

/// A connection on behalf of no tenant, for shared tables, from `TenantPool::shared`.
///
/// It is a Diesel connection as `Scoped` is one, with the same transactions and failures, but the session
/// variable is empty while its statements run. Queries on the tables of tenants do not compile for it. Raw
/// SQL on it runs under row-level security with no tenant, so it finds none of their rows.
///
/// ```
/// # #[cfg(all(feature = "r2d2", feature = "uuid"))] mod example {
/// # include!("../../doc/setup.rs");
/// use tenancy_diesel::pool::SharedConn;
/// use tenancy_diesel::r2d2::Lease;
///
/// fn names(conn: &mut SharedConn<Lease, Uuid>) -> QueryResult<Vec<String>> {
///     countries::table.select(countries::label).load(conn)
/// }
/// # }
/// ```
pub struct SharedConn<C: ScopeConnection, Id: SqlTenantId>(Scoped<C, Nobody<Id>>);

impl<C: ScopeConnection, Id: SqlTenantId> SharedConn<C, Id> {
    pub(super) fn open(conn: C) -> Result<Self, Error> {
        Ok(SharedConn(Scoped::open(conn, Nobody::NEW)?))
    }
}

impl<C: ScopeConnection, Id: SqlTenantId> fmt::Debug for SharedConn<C, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedConn").finish_non_exhaustive()
    }
}

/// Begins and ends the transactions of a [`SharedConn`], as those of a scope.
#[derive(Debug, Clone, Copy)]
pub struct SharedTransactionManager;
