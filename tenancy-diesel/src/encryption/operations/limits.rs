use std::time::Duration;

/// How much an operation asks of the database at a time.
///
/// ```
/// use std::time::Duration;
/// use tenancy_diesel::encryption::operations::Limits;
///
/// let gentle = Limits::new().rows(50).pause(Duration::from_millis(200));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub struct Limits {
    pub(super) rows: u32,
    pub(super) bytes: u64,
    pub(super) pause: Duration,
    pub(super) statement_timeout: Duration,
    pub(super) scan_timeout: Duration,
    pub(super) lock_timeout: Duration,
}

impl Limits {
    /// 200 rows or 8 MiB in a transaction, no pause, 30 seconds for a statement, 10 minutes for a scan,
    /// half a second for a lock.
    pub const fn new() -> Self {
        Limits {
            rows: 200,
            bytes: 8 << 20,
            pause: Duration::ZERO,
            statement_timeout: Duration::from_secs(30),
            scan_timeout: Duration::from_secs(600),
            lock_timeout: Duration::from_millis(500),
        }
    }

    /// The most rows in a transaction; at least 1.
    pub const fn rows(mut self, rows: u32) -> Self {
        self.rows = if rows == 0 { 1 } else { rows };
        self
    }

    /// The most bytes of values in a transaction. A value that is longer comes alone.
    pub const fn bytes(mut self, bytes: u64) -> Self {
        self.bytes = bytes;
        self
    }

    /// The pause after each transaction: the throttle. On an asynchronous connection it needs tokio's
    /// time driver.
    pub const fn pause(mut self, pause: Duration) -> Self {
        self.pause = pause;
        self
    }

    /// `statement_timeout` of a page. Zero is none.
    pub const fn statement_timeout(mut self, timeout: Duration) -> Self {
        self.statement_timeout = timeout;
        self
    }

    /// `statement_timeout` of a scan, which reads a whole column of the tenant. Zero is none.
    pub const fn scan_timeout(mut self, timeout: Duration) -> Self {
        self.scan_timeout = timeout;
        self
    }

    /// `lock_timeout`. It concerns locks of tables, such as those of migrations: rows that are locked are
    /// not waited for. Zero is none.
    pub const fn lock_timeout(mut self, timeout: Duration) -> Self {
        self.lock_timeout = timeout;
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits::new()
    }
}
