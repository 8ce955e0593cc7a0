use std::fmt;
use std::marker::PhantomData;

#[cfg(any(feature = "async", feature = "postgres"))]
use diesel::QueryResult;
#[cfg(any(feature = "async", feature = "postgres"))]
use diesel::result::Error;

#[cfg(any(feature = "async", feature = "postgres"))]
use super::options::Options;
#[cfg(any(feature = "async", feature = "postgres"))]
use super::position::Position;
use super::{ScopeConnection, Scoped};
use crate::SqlTenantId;

/// A transaction with options, from [`Scoped::build_transaction`].
///
/// As Diesel's builder of the same name: an isolation level, a mode, `DEFERRABLE`, then `run`. What is not chosen is
/// as the scope has it. `K` says
/// whether `run` is to be awaited; it follows from the connection.
#[must_use = "a transaction builder does nothing unless `run` is called on it"]
pub struct TransactionBuilder<'a, C, Id, K = <C as ScopeConnection>::Kind>
where
    C: ScopeConnection,
    Id: SqlTenantId,
{
    pub(super) scope: &'a mut Scoped<C, Id>,
    isolation: &'static str,
    mode: &'static str,
    deferrable: &'static str,
    kind: PhantomData<fn() -> K>,
}

impl<C: ScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Builds a transaction with an isolation level or other options.
    ///
    /// ```
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../doc/setup.rs");
    /// # fn run(conn: &mut Conn) -> QueryResult<i64> {
    /// conn.build_transaction()
    ///     .serializable()
    ///     .read_only()
    ///     .run(|conn| tasks::table.count().get_result(conn))
    /// # }
    /// # }
    /// ```
    pub fn build_transaction(&mut self) -> TransactionBuilder<'_, C, Id> {
        TransactionBuilder {
            isolation: self.options.isolation,
            mode: self.options.mode,
            scope: self,
            deferrable: "",
            kind: PhantomData,
        }
    }
}

/// Setters of one option each.
macro_rules! options {
    ($($method:ident: $option:ident = $sql:literal;)+) => {
        impl<C: ScopeConnection, Id: SqlTenantId, K> TransactionBuilder<'_, C, Id, K> {
            $(
                #[doc = concat!("`", $sql, "`.")]
                pub fn $method(mut self) -> Self {
                    self.$option = concat!(" ", $sql);
                    self
                }
            )+
        }
    };
}

options! {
    read_committed: isolation = "ISOLATION LEVEL READ COMMITTED";
    repeatable_read: isolation = "ISOLATION LEVEL REPEATABLE READ";
    serializable: isolation = "ISOLATION LEVEL SERIALIZABLE";
    read_only: mode = "READ ONLY";
    read_write: mode = "READ WRITE";
    deferrable: deferrable = "DEFERRABLE";
    not_deferrable: deferrable = "NOT DEFERRABLE";
}

impl<C: ScopeConnection, Id: SqlTenantId, K> TransactionBuilder<'_, C, Id, K> {
    /// BEGIN with its options, and the variable in the same message. It is to be sent at once.
    ///
    /// # Errors
    /// [`AlreadyInTransaction`](Error::AlreadyInTransaction) in a transaction.
    #[cfg(any(feature = "async", feature = "postgres"))]
    pub(super) fn begin(&mut self) -> QueryResult<String> {
        if self.scope.position()? != Position::Free {
            return Err(Error::AlreadyInTransaction);
        }
        let options = Options {
            isolation: self.isolation,
            mode: self.mode,
            ..self.scope.options
        };
        Ok(options.begin(self.deferrable, &self.scope.set))
    }
}

impl<C: ScopeConnection, Id: SqlTenantId, K> fmt::Debug for TransactionBuilder<'_, C, Id, K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransactionBuilder")
            .field("isolation", &self.isolation)
            .field("mode", &self.mode)
            .field("deferrable", &self.deferrable)
            .finish_non_exhaustive()
    }
}
