use std::time::Duration;

/// What PostgreSQL takes for a timeout. A shorter one than a millisecond is not the absence of one.
pub(crate) fn milliseconds(time: Duration) -> i32 {
    if time.is_zero() {
        return 0;
    }
    i32::try_from(time.as_millis()).unwrap_or(i32::MAX).max(1)
}
