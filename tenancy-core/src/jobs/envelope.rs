//! The form of a job in a queue.
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 1 | magic 0xFA, which never occurs in UTF-8 |
//! | 1 | 1 | format, 1 |
//! | 2 | 16 | id |
//! | 18 | 8 | not before: milliseconds since 1970, big-endian; 0 is at once |
//! | 26 | 8 | expiry: the same; 0 is never |
//! | 34 | 1 | length *k* of the kind |
//! | 35 | 1 | length *t* of the tenant |
//! | 36 | *k* | kind |
//! | 36 + *k* | *t* | tenant, its canonical text |
//! | 36 + *k* + *t* | rest | payload: a sealed value, bound to all of the above |

use std::fmt;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::options::{JobOptions, from_millis, to_millis};
use super::sealed_job::MAX_SEALED_BYTES;
use super::{JobError, JobId, MAX_KIND_BYTES, is_valid_kind};
use crate::encryption::{Label, OVERHEAD_BYTES, RowId};
use crate::{CanonicalTenant, MAX_TEXT_ID_BYTES};

/// The number of the format.
pub const FORMAT: u8 = 1;

/// The greatest length of an envelope.
pub const MAX_ENVELOPE_BYTES: usize = FIXED + MAX_KIND_BYTES + MAX_TEXT_ID_BYTES + MAX_SEALED_BYTES;

/// Every kind of job has this one; the kind is part of what the payload is bound to.
pub(super) const LABEL: Label = Label::literal("tenancy.job");

const MAGIC: u8 = 0xFA;
const FIXED: usize = 36;

/// A job as it waits in a queue, of whatever type.
///
/// What it says of itself is authentic once the job was opened with the keys of its tenant; until then it is what
/// somebody wrote into the queue.
///
/// With serde it is text in base64. `Debug` shows neither the tenant nor the payload.
#[derive(Clone, PartialEq, Eq)]
pub struct Envelope {
    bytes: Vec<u8>,
    id: JobId,
    not_before: SystemTime,
    expires_at: Option<SystemTime>,
    tenant: CanonicalTenant,
    kind: String,
}

impl Envelope {
    /// Reads what is in clear.
    ///
    /// # Errors
    /// [`JobError::Malformed`] and [`JobError::UnknownFormat`].
    pub fn parse(bytes: impl Into<Vec<u8>>) -> Result<Self, JobError> {
        let bytes = bytes.into();
        if bytes.len() > MAX_ENVELOPE_BYTES {
            return Err(JobError::Malformed);
        }
        let [magic, format, rest @ ..] = bytes.as_slice() else {
            return Err(JobError::Malformed);
        };
        if *magic != MAGIC {
            return Err(JobError::Malformed);
        }
        if *format != FORMAT {
            return Err(JobError::UnknownFormat { format: *format });
        }
        let (id, rest) = split::<16>(rest)?;
        let (not_before, rest) = split::<8>(rest)?;
        let (expires_at, rest) = split::<8>(rest)?;
        let (&[kind, tenant], rest) = split::<2>(rest)?;
        let (kind, rest) = text(rest, kind)?;
        let (tenant, payload) = text(rest, tenant)?;
        if !is_valid_kind(kind) || payload.len() < OVERHEAD_BYTES {
            return Err(JobError::Malformed);
        }
        let expires_at = u64::from_be_bytes(*expires_at);
        Ok(Envelope {
            id: JobId::from_bytes(*id),
            not_before: from_millis(u64::from_be_bytes(*not_before))?,
            expires_at: match expires_at {
                0 => None,
                millis => Some(from_millis(millis)?),
            },
            tenant: CanonicalTenant::from_text(tenant).map_err(|_| JobError::Malformed)?,
            kind: kind.to_owned(),
            bytes,
        })
    }

    /// Puts a payload behind what is in clear. `seal` is given what it must be bound to.
    pub(super) fn assemble(
        tenant: &CanonicalTenant,
        kind: &str,
        options: &JobOptions,
        seal: impl FnOnce(&RowId) -> Result<Vec<u8>, JobError>,
    ) -> Result<Self, JobError> {
        let id = match options.id {
            Some(id) => id,
            None => JobId::random()?,
        };
        let not_before = options.not_before.map(to_millis).transpose()?.unwrap_or(0);
        // What expired before 1970 has expired.
        let expires_at = options.expires_at.map(to_millis).transpose()?;
        let expires_at = expires_at.map_or(0, |millis| millis.max(1));
        let length = |text: &str| u8::try_from(text.len()).map_err(|_| JobError::Malformed);
        let mut bytes = vec![MAGIC, FORMAT];
        bytes.extend(id.as_bytes());
        bytes.extend(not_before.to_be_bytes());
        bytes.extend(expires_at.to_be_bytes());
        bytes.extend([length(kind)?, length(tenant.as_str())?]);
        bytes.extend(kind.bytes());
        bytes.extend(tenant.as_bytes());
        let payload = seal(&bound_to(&bytes))?;
        bytes.extend(payload);
        Envelope::parse(bytes)
    }

    /// The bytes, for a queue.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whose job it is.
    pub fn tenant(&self) -> &CanonicalTenant {
        &self.tenant
    }

    /// The kind of the job.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The identity of the job.
    pub fn id(&self) -> JobId {
        self.id
    }

    /// When the job may run; 1970 when that is at once.
    pub fn not_before(&self) -> SystemTime {
        self.not_before
    }

    /// When the job may run no more.
    pub fn expires_at(&self) -> Option<SystemTime> {
        self.expires_at
    }

    /// What the payload is bound to, and the payload.
    pub(super) fn sealed(&self) -> (RowId, &[u8]) {
        let header = FIXED + self.kind.len() + self.tenant.as_bytes().len();
        let (header, payload) = self.bytes.split_at(header);
        (bound_to(header), payload)
    }
}

/// All that is in clear. Its lengths are in it, so no two envelopes share one.
fn bound_to(header: &[u8]) -> RowId {
    RowId::of(&["tenancy job", &STANDARD.encode(header)])
}

fn split<const N: usize>(bytes: &[u8]) -> Result<(&[u8; N], &[u8]), JobError> {
    bytes.split_first_chunk().ok_or(JobError::Malformed)
}

fn text(bytes: &[u8], length: u8) -> Result<(&str, &[u8]), JobError> {
    let (text, rest) = bytes
        .split_at_checked(length.into())
        .ok_or(JobError::Malformed)?;
    let text = std::str::from_utf8(text).map_err(|_| JobError::Malformed)?;
    Ok((text, rest))
}

impl fmt::Debug for Envelope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Envelope")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl Serialize for Envelope {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.bytes))
    }
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;

        // Not of the data's lifetime: some formats have no text to lend.
        let text = String::deserialize(deserializer)?;
        let bytes = STANDARD.decode(text);
        let bytes = bytes.map_err(|_| Error::custom(JobError::Malformed))?;
        Envelope::parse(bytes).map_err(Error::custom)
    }
}
