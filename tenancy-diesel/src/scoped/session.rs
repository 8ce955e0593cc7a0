//! The variable set once for all statements of a scope, in the place of a transaction for each.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::options::Options;
use super::position::Position;
use super::{ScopeConnection, Scoped};
use crate::SqlTenantId;

/// What a scope has set in the session.
#[derive(Debug, Default)]
pub(super) struct Session(Mutex<Standing>);

#[derive(Debug, Default)]
struct Standing {
    /// The setting that stands, as `SET LOCAL` has it.
    set: Option<Box<str>>,
    /// Something was set, whatever became of it.
    to_reset: bool,
}

impl Session {
    /// What is to be sent before the next statement. Whoever takes it has to send it.
    ///
    /// SQL that may have changed the variable makes it due each time from then on.
    pub(super) fn due(&self, set: &str, is_tainted: bool) -> Option<String> {
        let mut standing = self.standing();
        if standing.set.as_deref() == Some(set) && !is_tainted {
            return None;
        }
        standing.set = Some(set.into());
        standing.to_reset = true;
        Some(set.replacen("SET LOCAL ", "SET ", 1))
    }

    /// The setting may have failed.
    pub(super) fn doubt(&self) {
        self.standing().set = None;
    }

    pub(super) fn is_to_reset(&self) -> bool {
        self.standing().to_reset
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<C: ScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Sets the variable once, with the first statement, for the session instead of for each transaction.
    ///
    /// A statement outside of a transaction then costs what it costs without this library: it is sent alone,
    /// without BEGIN and COMMIT. The variable is reset when the scope is dropped. Transactions set it for
    /// themselves as ever, and a scope with options, such as [`read_only`](Self::read_only), runs each statement
    /// in one.
    ///
    /// # Dangers
    ///
    /// - Behind a pooler that shares sessions, such as PgBouncer in transaction mode, the variable reaches
    ///   other clients: row-level security then shows them rows of this tenant. **Direct connections only.**
    /// - A function of the database that a statement calls can set the variable for the statements after it,
    ///   until the scope ends. Raw SQL that may do so is noticed, and the variable set again before each
    ///   statement after it.
    /// - A scope that is leaked, as with [`std::mem::forget`], leaves the variable set.
    ///
    /// The filter in the statements is the same, and holds in all these cases.
    ///
    /// ```
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../doc/setup.rs");
    /// # use tenancy_diesel::Scoped;
    /// # fn run(pg: &mut PgConnection, tenant: uuid::Uuid) -> QueryResult<Vec<String>> {
    /// let mut import = Scoped::open(pg, tenant)?.dangerously_set_for_session();
    /// tasks::table.select(tasks::title).load(&mut import)
    /// # }
    /// # }
    /// ```
    #[must_use]
    pub fn dangerously_set_for_session(mut self) -> Self {
        self.session = Some(Session::default());
        self
    }

    /// Where a statement finds the connection, if the variable may be set for the session.
    #[cfg(any(feature = "async", feature = "postgres"))]
    pub(super) fn position_of_statement(&mut self) -> diesel::QueryResult<Position> {
        let position = self.position()?;
        let for_session = self.session.is_some() && self.options == Options::default();
        Ok(match position {
            Position::Free if for_session => Position::Session,
            position => position,
        })
    }

    /// What is left to be sent when the scope ends.
    pub(super) fn reset(&self) -> Option<String> {
        let is_to_reset = self.session.as_ref().is_some_and(Session::is_to_reset);
        is_to_reset.then(|| format!("RESET {}", self.tenant.variable()))
    }
}
