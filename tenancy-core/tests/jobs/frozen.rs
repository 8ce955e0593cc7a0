//! The frozen format: what an earlier release enqueued must open.

use tenancy_core::jobs::{JobError, JobId};

use super::*;

#[derive(Serialize, Deserialize)]
struct Frozen {
    tenant: String,
    kind: String,
    id: String,
    not_before_ms: u64,
    expires_ms: Option<u64>,
    number: u32,
    to: String,
    envelope: Envelope,
}

fn frozen() -> Vec<Frozen> {
    serde_json::from_str(include_str!("../../vectors/jobs.json")).unwrap()
}

fn millis(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap().as_millis() as u64
}

#[test]
fn frozen_jobs_open_and_say_what_they_said() {
    let cases = frozen();
    assert_eq!(cases.len(), 3);
    for case in cases {
        let envelope = case.envelope;
        assert_eq!(envelope.tenant().as_str(), case.tenant);
        assert_eq!(envelope.kind(), case.kind);
        assert_eq!(envelope.id().to_string(), case.id);
        assert_eq!(millis(envelope.not_before()), case.not_before_ms);
        assert_eq!(envelope.expires_at().map(millis), case.expires_ms);
        let job = TenantJob::<SendInvoice>::of(envelope).unwrap();
        let now = UNIX_EPOCH + Duration::from_millis(case.not_before_ms);
        let expected = SendInvoice {
            number: case.number,
            to: case.to,
        };
        assert_eq!(job.open(&keys_of(&case.tenant), now), Ok(expected));
        assert_eq!(
            job.open(&keys_of("somebody else"), now),
            Err(JobError::OtherTenant)
        );
    }
}

#[test]
fn the_fields_of_an_envelope_are_where_the_format_says() {
    let id = JobId::from_bytes(*b"0123456789abcdef");
    let options = JobOptions::new()
        .id(id)
        .not_before(UNIX_EPOCH + Duration::from_millis(0x0102_0304))
        .expires_at(UNIX_EPOCH + Duration::from_millis(0x0A0B_0C0D));
    let job = TenantJob::seal(&keys_of("acme"), &invoice(), &options).unwrap();
    let mut expected = vec![0xFA, 1];
    expected.extend(b"0123456789abcdef");
    expected.extend([0, 0, 0, 0, 1, 2, 3, 4]);
    expected.extend([0, 0, 0, 0, 10, 11, 12, 13]);
    expected.extend([12, 4]);
    expected.extend(b"send-invoiceacme");
    // What follows is a sealed value: its magic, its suite, bound to a row and padded, JSON.
    expected.extend([0xF9, 1, 3, 13]);
    assert_eq!(&bytes_of(&job)[..expected.len()], expected);
}
