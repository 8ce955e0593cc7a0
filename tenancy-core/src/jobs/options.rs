use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{JobError, JobId};

/// The last millisecond of the year 9999, which PostgreSQL and everybody else can write.
pub(super) const MAX_MILLIS: u64 = 253_402_300_799_999;

/// When a job may run, and which one it is. Each of them is sealed into the job.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tenancy_core::jobs::JobOptions;
///
/// let tomorrow = SystemTime::now() + Duration::from_secs(86_400);
/// let options = JobOptions::new().not_before(tomorrow).expires_at(tomorrow + Duration::from_secs(3_600));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[must_use]
pub struct JobOptions {
    pub(super) id: Option<JobId>,
    pub(super) not_before: Option<SystemTime>,
    pub(super) expires_at: Option<SystemTime>,
}

impl JobOptions {
    /// A new id, at once, for ever.
    pub const fn new() -> Self {
        JobOptions {
            id: None,
            not_before: None,
            expires_at: None,
        }
    }

    /// Gives the job an id, instead of a random one: see [`JobId::keyed`].
    pub const fn id(mut self, id: JobId) -> Self {
        self.id = Some(id);
        self
    }

    /// Keeps the job from running before this time, to the millisecond.
    pub const fn not_before(mut self, time: SystemTime) -> Self {
        self.not_before = Some(time);
        self
    }

    /// Keeps the job from running at this time or later, to the millisecond. A job that expires cannot be
    /// run again by whoever kept a copy of it.
    pub const fn expires_at(mut self, time: SystemTime) -> Self {
        self.expires_at = Some(time);
        self
    }
}

/// Milliseconds since 1970, rounded down. What lies before is 0.
pub(super) fn to_millis(time: SystemTime) -> Result<u64, JobError> {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    if millis > MAX_MILLIS {
        return Err(JobError::TimeOutOfRange);
    }
    Ok(millis)
}

/// The time of milliseconds since 1970 that are in range.
pub(super) fn from_millis(millis: u64) -> Result<SystemTime, JobError> {
    if millis > MAX_MILLIS {
        return Err(JobError::Malformed);
    }
    let time = UNIX_EPOCH.checked_add(Duration::from_millis(millis));
    time.ok_or(JobError::Malformed)
}
