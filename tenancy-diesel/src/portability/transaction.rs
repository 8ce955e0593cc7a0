//! One transaction for all that an export or an import does.

use crate::encryption::operations::session::Session;
use crate::encryption::operations::statement::{Row, Statement};
use crate::{Registry, SqlTenantId};

use super::PortabilityError;

/// One moment for all tables, and nothing is written.
pub(super) const EXPORT: &str = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
/// Keys that can wait do so until all rows are there.
pub(super) const IMPORT: &str =
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE;SET CONSTRAINTS ALL DEFERRED";

/// The texts of values are the same on every server.
const TEXTS: &str = "SET LOCAL datestyle = 'ISO, YMD';\
     SET LOCAL intervalstyle = 'postgres';\
     SET LOCAL timezone = 'UTC';\
     SET LOCAL bytea_output = 'hex';\
     SET LOCAL extra_float_digits = 1;\
     SET LOCAL xmloption = 'content'";

/// Refuses a scope that this cannot be done in.
pub(super) fn check<S: Session>(
    session: &mut S,
    registry: &Registry,
) -> Result<(), PortabilityError> {
    if session.is_in_transaction() {
        return Err(PortabilityError::InTransaction);
    }
    if registry.variable != session.tenant().variable() || registry.tenant_type != S::Id::PG_TYPE {
        return Err(PortabilityError::OtherSchema);
    }
    Ok(())
}

/// Does the work in a transaction that is committed when it succeeded, and rolled back when it did not.
pub(super) async fn within<S: Session, R>(
    session: &mut S,
    kind: &str,
    work: impl AsyncFnOnce(&mut S) -> Result<R, PortabilityError>,
) -> Result<R, PortabilityError> {
    let closure = session.begin().await?;
    let result = match session.set(&format!("{kind};{TEXTS}")).await {
        Ok(()) => work(session).await,
        Err(error) => Err(error.into()),
    };
    closure.end();
    let end = session.end(result.is_ok()).await;
    let value = result?;
    end?;
    Ok(value)
}

/// The rows of a statement whose columns are all texts, none of which is NULL.
pub(super) async fn texts<S: Session>(
    session: &mut S,
    statement: Statement,
) -> Result<Vec<Vec<String>>, PortabilityError> {
    let rows = session.rows(statement).await?;
    rows.into_iter()
        .map(|row: Row| {
            let (texts, _) = row.into_parts();
            let texts: Option<Vec<String>> = texts.into_iter().collect();
            texts.ok_or(PortabilityError::UnexpectedAnswer)
        })
        .collect()
}

/// The one number that a statement gives.
pub(super) async fn number<S: Session>(
    session: &mut S,
    statement: Statement,
) -> Result<u64, PortabilityError> {
    let rows = texts(session, statement).await?;
    let number = rows.first().and_then(|row| row.first());
    number
        .and_then(|number| number.parse().ok())
        .ok_or(PortabilityError::UnexpectedAnswer)
}
