//! Options of all transactions of a scope.

use std::time::Duration;

use super::{ScopeConnection, Scoped};
use crate::SqlTenantId;

/// The options that BEGIN and what follows it have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Options {
    pub(super) isolation: &'static str,
    pub(super) mode: &'static str,
    /// In milliseconds.
    pub(super) timeout: Option<u32>,
}

impl Options {
    /// BEGIN, the variable and the timeout, for one message. `set` is what sets the variable.
    pub(super) fn begin(self, deferrable: &str, set: &str) -> String {
        let Options {
            isolation, mode, ..
        } = self;
        let begin = format!("BEGIN{isolation}{mode}{deferrable};{set}");
        match self.timeout {
            Some(timeout) => format!("{begin};SET LOCAL statement_timeout = {timeout}"),
            None => begin,
        }
    }
}

/// Options of every transaction of a scope, also of those that single statements run in. They are part of BEGIN or
/// set with `SET LOCAL`, in the message that sets the variable, and end with the transaction.
///
/// A scope that was opened in a transaction has the options of that one. One with options of its own refuses to run
/// there, with [`AlreadyInTransaction`](diesel::result::Error::AlreadyInTransaction).
impl<C: ScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Refuses every write: each transaction is `READ ONLY`.
    ///
    /// ```
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../doc/setup.rs");
    /// # use std::time::Duration;
    /// # use tenancy_diesel::Scoped;
    /// # fn run(pg: &mut PgConnection, tenant: uuid::Uuid) -> QueryResult<i64> {
    /// let mut report = Scoped::open(pg, tenant)?
    ///     .read_only()
    ///     .repeatable_read()
    ///     .statement_timeout(Duration::from_secs(30));
    /// tasks::table.count().get_result(&mut report)
    /// # }
    /// # }
    /// ```
    #[must_use]
    pub fn read_only(self) -> Self {
        let options = Options {
            mode: " READ ONLY",
            ..self.options
        };
        self.with_options(options)
    }

    /// Gives each transaction one snapshot: `ISOLATION LEVEL REPEATABLE READ`.
    #[must_use]
    pub fn repeatable_read(self) -> Self {
        let options = Options {
            isolation: " ISOLATION LEVEL REPEATABLE READ",
            ..self.options
        };
        self.with_options(options)
    }

    /// Runs each transaction as if it were alone: `ISOLATION LEVEL SERIALIZABLE`.
    #[must_use]
    pub fn serializable(self) -> Self {
        let options = Options {
            isolation: " ISOLATION LEVEL SERIALIZABLE",
            ..self.options
        };
        self.with_options(options)
    }

    /// Lets PostgreSQL cancel each statement that takes longer, counted in whole milliseconds and at least one.
    ///
    /// The error is then [`ScopeError::StatementTimeout`](crate::ScopeError::StatementTimeout). PostgreSQL tells it
    /// from other cancellations by its message alone, so a server with `lc_messages` in another language than
    /// English gives its own error.
    #[must_use]
    pub fn statement_timeout(self, timeout: Duration) -> Self {
        let milliseconds = timeout.as_millis().clamp(1, i32::MAX as u128);
        let options = Options {
            timeout: u32::try_from(milliseconds).ok(),
            ..self.options
        };
        self.with_options(options)
    }

    fn with_options(mut self, options: Options) -> Self {
        self.options = options;
        self.begin = options.begin("", &self.set).into();
        self
    }
}
