use serde::Serialize;
use serde::de::DeserializeOwned;

/// The greatest length of a kind.
pub const MAX_KIND_BYTES: usize = 64;

/// What a tenant has done in the background.
///
/// The payload is kept as JSON, by serde. Jobs that were enqueued by an older release of the program are still
/// in the queue when a newer one runs, so a payload changes as any stored form does: new fields have
/// `#[serde(default)]`, and another meaning is another kind.
pub trait Job: Serialize + DeserializeOwned {
    /// The name by which a worker finds what runs the job: 1 to [`MAX_KIND_BYTES`] of `a-z 0-9 . _ -`.
    /// Frozen: it is sealed into each job, and in clear in the queue.
    const KIND: &'static str;
}

/// Whether a text can be a kind.
///
/// ```
/// use tenancy_core::jobs::is_valid_kind;
///
/// assert!(is_valid_kind("invoices.send_v2"));
/// assert!(!is_valid_kind("Send invoice"));
/// ```
pub const fn is_valid_kind(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        if !matches!(bytes[i], b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b'-') {
            return false;
        }
        i += 1;
    }
    !bytes.is_empty() && bytes.len() <= MAX_KIND_BYTES
}
