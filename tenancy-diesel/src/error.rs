use std::error::Error as StdError;

use tenancy_core::InvalidTenantId;

/// What went wrong inside a scope, apart from what the server and Diesel report.
///
/// Diesel's traits fix their error type, so the methods of a scope return
/// [`diesel::result::Error`]; [`ScopeError::of`] finds the `ScopeError` in it.
///
/// ```
/// use tenancy_diesel::ScopeError;
///
/// fn is_lost_transaction(error: &diesel::result::Error) -> bool {
///     matches!(ScopeError::of(error), Some(ScopeError::RolledBack))
/// }
/// # assert!(!is_lost_transaction(&diesel::result::Error::NotFound));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScopeError {
    /// The id cannot be a tenant's.
    #[error(transparent)]
    InvalidTenant(#[from] InvalidTenantId),
    /// A scoped table was rendered without a scope: nothing was sent.
    #[error(
        "table `{table}` was used outside of a scope; run the query on a `Scoped` connection, for \
         example `pool.scope(tenant_id).await?`"
    )]
    OutsideScope {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
    },
    /// A scope for one type of tenant id met a table of another one: nothing was sent.
    #[error("table `{table}` is scoped by `{expected}`, but the connection is scoped by `{found}`")]
    OtherTenantType {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// The type of tenant id of the table.
        expected: &'static str,
        /// The type of tenant id of the scope.
        found: &'static str,
    },
    /// An update of a table without a tenant column named the foreign key that decides whose row it
    /// is: nothing was sent.
    #[error(
        "column `{column}` of table `{table}` decides the tenant of the row and cannot be updated; \
         delete the row and insert another one"
    )]
    OwnerUpdated {
        /// The table, as its Rust path below the schema module.
        table: &'static str,
        /// The foreign-key column.
        column: &'static str,
    },
    /// The keys that were given to a scope are those of another tenant.
    #[cfg(feature = "encryption")]
    #[error("the keys are those of another tenant than the scope's")]
    ForeignKeys,
    /// A bulk load named a column of arrays, which `unnest` would flatten: nothing was sent.
    #[error(
        "column `{column}` holds arrays, which `unnest` would flatten; insert such rows with `values`"
    )]
    UnnestedArray {
        /// The column.
        column: &'static str,
    },
    /// An INSERT into a table without a tenant column named an owner that is not the tenant's: nothing
    /// was inserted.
    #[error("the owner of a new row is not of this tenant, or there is none; nothing was inserted")]
    ForeignOwner,
    /// The server ended a `COPY .. TO STDOUT` before its last row: what was written is incomplete.
    #[error("the server ended the copy before its last row; what was written is incomplete")]
    CopyCutShort,
    /// The transaction had failed before, so the server answered COMMIT with a rollback: none of
    /// its statements has an effect.
    #[error(
        "the transaction was rolled back, because a statement in it had failed and its error was \
         not returned from the closure"
    )]
    RolledBack,
    /// The statement took longer than the scope's
    /// [`statement_timeout`](crate::Scoped::statement_timeout) and was cancelled.
    #[error("the statement took longer than the statement timeout of the scope and was cancelled")]
    StatementTimeout,
    /// The connection was lost while COMMIT was on its way, in [`retry`](crate::Retry): whether the
    /// transaction was committed is not known. The connection is given up and nothing is run again.
    #[error(
        "the connection was lost during COMMIT, so it is not known whether the transaction was committed; \
         look for its effects before it is run again"
    )]
    OutcomeUnknown,
    /// The policies take sealed tenants only, and the database refused the variable of the scope.
    #[error(
        "the database refused the sealed tenant of the scope: {0}; see `sealed::check`, which names the fix"
    )]
    SealRefused(crate::sealed::SealRefusal),
    /// The statement and the end of its transaction reached the server in the wrong order. The
    /// connection is given up.
    #[error(
        "the statement ran outside of its transaction; if this connection's prepared-statement \
         cache is switched off, switch it off through `Scoped`, so that the scope knows"
    )]
    OutOfOrder,
}

impl ScopeError {
    /// The `ScopeError` inside of an error that a scope returned, if that is what went wrong.
    pub fn of(error: &diesel::result::Error) -> Option<&ScopeError> {
        match error {
            diesel::result::Error::QueryBuilderError(inner)
            | diesel::result::Error::SerializationError(inner) => {
                (&**inner as &(dyn StdError + 'static)).downcast_ref()
            }
            _ => None,
        }
    }
}

/// Gives an error that our SQL raised, or the timeout of a scope that has one, its own type.
pub(crate) fn typed(error: diesel::result::Error, has_timeout: bool) -> diesel::result::Error {
    let diesel::result::Error::DatabaseError(_, info) = &error else {
        return error;
    };
    let message = info.message();
    if message.contains(crate::write::FOREIGN_OWNER) {
        ScopeError::ForeignOwner.into()
    } else if has_timeout && message == "canceling statement due to statement timeout" {
        ScopeError::StatementTimeout.into()
    } else if let Some(refusal) = crate::sealed::SealRefusal::of(message) {
        ScopeError::SealRefused(refusal).into()
    } else {
        error
    }
}

impl From<ScopeError> for diesel::result::Error {
    fn from(error: ScopeError) -> Self {
        diesel::result::Error::QueryBuilderError(Box::new(error))
    }
}
