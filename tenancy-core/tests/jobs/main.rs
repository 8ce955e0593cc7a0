//! Sealed jobs, from outside.

#![allow(
    clippy::unwrap_used,
    reason = "what the tests share stops a test at the first failure"
)]

mod forgery;
mod frozen;
mod times;
mod types;

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};
use tenancy_core::CanonicalTenant;
use tenancy_core::encryption::{DerivedKeys, RootKey, TenantKeys};
use tenancy_core::jobs::{Envelope, Job, JobOptions, TenantJob};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SendInvoice {
    number: u32,
    to: String,
}

impl Job for SendInvoice {
    const KIND: &'static str = "send-invoice";
}

/// The same payload for another purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SendReminder {
    number: u32,
    to: String,
}

impl Job for SendReminder {
    const KIND: &'static str = "send-reminder";
}

fn invoice() -> SendInvoice {
    SendInvoice {
        number: 12,
        to: "canary@example.org".to_owned(),
    }
}

/// Known keys, so that frozen jobs open.
fn keys_of(tenant: &str) -> TenantKeys {
    static KEYS: LazyLock<DerivedKeys> = LazyLock::new(|| {
        let digits = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
        DerivedKeys::new_blocking("jobs", RootKey::from_hex(&digits.into()).unwrap()).unwrap()
    });
    KEYS.tenant(&CanonicalTenant::from_text(tenant).unwrap())
        .unwrap()
}

fn sealed_for(tenant: &str) -> TenantJob<SendInvoice> {
    TenantJob::seal(&keys_of(tenant), &invoice(), &JobOptions::new()).unwrap()
}

fn bytes_of(job: &TenantJob<SendInvoice>) -> Vec<u8> {
    job.envelope().as_bytes().to_vec()
}

/// What a worker does with bytes from a queue.
fn open(bytes: &[u8], tenant: &str) -> Result<SendInvoice, tenancy_core::jobs::JobError> {
    TenantJob::of(Envelope::parse(bytes)?)?.open(&keys_of(tenant), noon())
}

fn noon() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}
