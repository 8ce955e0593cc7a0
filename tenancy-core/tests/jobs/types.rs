//! Types, sizes and identities.

use std::collections::HashMap;

use tenancy_core::encryption::EncryptionError;
use tenancy_core::jobs::{JobError, JobId, JobOptions, MAX_PAYLOAD_BYTES};

use super::*;

/// A later release of `SendInvoice`, which cannot read what waits.
#[derive(Debug, Serialize, Deserialize)]
struct Changed {
    number: u32,
    copies: u32,
}

impl Job for Changed {
    const KIND: &'static str = SendInvoice::KIND;
}

/// JSON has no form for it.
#[derive(Debug, Serialize, Deserialize)]
struct ByPlace(HashMap<Vec<u8>, u32>);

impl Job for ByPlace {
    const KIND: &'static str = "by-place";
}

#[test]
fn a_payload_of_another_form_is_told_apart_from_a_forged_one() {
    let envelope = sealed_for("a").envelope().clone();
    let changed = TenantJob::<Changed>::of(envelope).unwrap();
    assert_eq!(
        changed.open(&keys_of("a"), noon()).err(),
        Some(JobError::Payload)
    );
}

#[test]
fn a_payload_that_json_cannot_hold_is_refused() {
    let job = ByPlace(HashMap::from([(vec![1], 1)]));
    let refused = TenantJob::seal(&keys_of("a"), &job, &JobOptions::new());
    assert_eq!(refused.err(), Some(JobError::Payload));
}

#[test]
fn a_payload_has_a_greatest_length() {
    let seal = |length| {
        let job = SendInvoice {
            number: 1,
            to: "x".repeat(length),
        };
        TenantJob::seal(&keys_of("a"), &job, &JobOptions::new())
    };
    let around = r#"{"number":1,"to":""}"#.len();
    let sealed = seal(MAX_PAYLOAD_BYTES - around).unwrap();
    assert!(open(&bytes_of(&sealed), "a").is_ok());
    assert_eq!(
        seal(MAX_PAYLOAD_BYTES - around + 64).err(),
        Some(JobError::TooLarge)
    );
}

#[test]
fn random_ids_differ_and_are_uuids() {
    let (one, other) = (JobId::random().unwrap(), JobId::random().unwrap());
    assert_ne!(one, other);
    let text = one.to_string();
    assert_eq!(
        uuid::Uuid::parse_str(&text).unwrap().as_bytes(),
        one.as_bytes()
    );
    assert_eq!(&text[14..15], "4");
}

#[test]
fn the_id_of_a_key_differs_by_key_kind_and_tenant() {
    let (a, b) = (keys_of("a"), keys_of("b"));
    let id = JobId::keyed::<SendInvoice>(&a, "12").unwrap();
    assert_eq!(JobId::keyed::<SendInvoice>(&a, "12").unwrap(), id);
    for other in [
        JobId::keyed::<SendInvoice>(&a, "13").unwrap(),
        JobId::keyed::<SendReminder>(&a, "12").unwrap(),
        JobId::keyed::<SendInvoice>(&b, "12").unwrap(),
    ] {
        assert_ne!(other, id);
    }
    let options = JobOptions::new().id(id);
    let job = TenantJob::seal(&a, &invoice(), &options).unwrap();
    assert_eq!(job.envelope().id(), id);
}

#[test]
fn a_job_is_text_with_serde_and_another_kind_is_refused() {
    let job = sealed_for("a");
    let text = serde_json::to_string(&job).unwrap();
    assert!(!text.contains("canary"));
    let read: TenantJob<SendInvoice> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, job);
    assert_eq!(read.open(&keys_of("a"), noon()), Ok(invoice()));

    let other = serde_json::from_str::<TenantJob<SendReminder>>(&text).unwrap_err();
    assert!(other.to_string().contains("`send-reminder`"), "{other}");
    for text in [r#""""#, r#""not base64!""#, r#""AAAA""#, "7"] {
        assert!(serde_json::from_str::<TenantJob<SendInvoice>>(text).is_err());
    }
}

#[test]
fn what_can_pass_by_itself_is_told_apart() {
    for transient in [
        JobError::NotDue,
        JobError::Keys(EncryptionError::NotUnlocked),
        JobError::Keys(EncryptionError::UnknownGeneration),
    ] {
        assert!(transient.is_transient(), "{transient:?}");
    }
    for end in [
        JobError::Malformed,
        JobError::Tampered,
        JobError::Expired,
        JobError::OtherTenant,
        JobError::Payload,
        JobError::Keys(EncryptionError::TenantShredded),
        JobError::Keys(EncryptionError::BelowFloor),
    ] {
        assert!(!end.is_transient(), "{end:?}");
    }
}
