use std::time::Duration;

use crate::search_path::TRUSTED;

const TIMEOUT: Duration = Duration::from_secs(5);

/// What both forms of the store are set to.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) app_role: String,
    timeout: Duration,
    copies: Vec<String>,
}

impl Settings {
    pub(super) fn new(app_role: String) -> Self {
        Settings {
            app_role,
            timeout: TIMEOUT,
            copies: Vec::new(),
        }
    }

    pub(super) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = timeout;
    }

    pub(super) fn add_copies<I>(&mut self, copies: I)
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.copies.extend(copies.into_iter().map(Into::into));
    }

    /// Begins a transaction with everything that it needs, in one message. All of it ends with the
    /// transaction, so a pooler may give the session to somebody else then.
    ///
    /// The search path has no place for an operator planted before PostgreSQL's own.
    /// READ WRITE also for reading: a standby refuses it. A stronger setting than `on` is kept. A process
    /// that stops in the middle must not keep others from the tenant's row for ever.
    pub(super) fn begin(&self) -> String {
        // 0 would switch the timeouts off.
        let timeout = self.timeout.as_millis().clamp(1, i32::MAX as u128);
        format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
             {TRUSTED};
             SET LOCAL statement_timeout = {timeout};
             SET LOCAL lock_timeout = {timeout};
             SET LOCAL idle_in_transaction_session_timeout = {timeout};
             SELECT pg_catalog.set_config('synchronous_commit',
                 CASE pg_catalog.current_setting('synchronous_commit')
                     WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END,
                 true)"
        )
    }

    /// What PostgreSQL itself keeps, and what the operator has named.
    pub(super) fn copies(&self) -> Vec<String> {
        [
            "the files of the key tables, until VACUUM FULL rewrites them",
            "the write-ahead log of the key database and its archive",
            "replicas of the key database, until they have applied the change",
            "backups of the key database, for as long as they are kept",
            "the server's log, where it logs parameters or rows that were refused",
        ]
        .into_iter()
        .map(str::to_owned)
        .chain(self.copies.iter().cloned())
        .collect()
    }
}
