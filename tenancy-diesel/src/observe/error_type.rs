use diesel::result::{DatabaseErrorKind, Error};

use crate::ScopeError;

/// What kind of error it is, in a few words that hold no value.
pub(crate) fn of(error: &Error) -> &'static str {
    if let Some(error) = ScopeError::of(error) {
        return of_scope(error);
    }
    match error {
        Error::DatabaseError(kind, _) => match kind {
            DatabaseErrorKind::UniqueViolation => "unique_violation",
            DatabaseErrorKind::ForeignKeyViolation => "foreign_key_violation",
            DatabaseErrorKind::SerializationFailure => "serialization_failure",
            DatabaseErrorKind::ReadOnlyTransaction => "read_only_sql_transaction",
            DatabaseErrorKind::RestrictViolation => "restrict_violation",
            DatabaseErrorKind::ExclusionViolation => "exclusion_violation",
            DatabaseErrorKind::NotNullViolation => "not_null_violation",
            DatabaseErrorKind::CheckViolation => "check_violation",
            DatabaseErrorKind::ClosedConnection => "closed_connection",
            DatabaseErrorKind::UnableToSendCommand => "unable_to_send",
            _ => "database_error",
        },
        Error::QueryBuilderError(_) => "query_builder",
        Error::SerializationError(_) => "bind_value",
        Error::DeserializationError(_) => "row_value",
        Error::BrokenTransactionManager => "broken_transaction",
        Error::AlreadyInTransaction => "already_in_transaction",
        _ => "_OTHER",
    }
}

fn of_scope(error: &ScopeError) -> &'static str {
    match error {
        ScopeError::InvalidTenant(_) => "invalid_tenant",
        ScopeError::OutsideScope { .. } => "outside_scope",
        ScopeError::OtherTenantType { .. } => "other_tenant_type",
        ScopeError::OwnerUpdated { .. } => "owner_updated",
        ScopeError::ForeignOwner => "foreign_owner",
        ScopeError::RolledBack => "rolled_back",
        ScopeError::StatementTimeout => "statement_timeout",
        ScopeError::OutcomeUnknown => "outcome_unknown",
        ScopeError::OutOfOrder => "out_of_order",
        _ => "scope_error",
    }
}
