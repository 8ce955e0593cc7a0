//! Somebody who reads and writes the queue, and has no keys.

use proptest::prelude::*;
use tenancy_core::encryption::OVERHEAD_BYTES;
use tenancy_core::jobs::{Envelope, JobError, JobId, JobOptions, TenantJob};

use super::*;

const KIND_AT: usize = 36;

/// Where the payload begins.
fn payload_at(job: &TenantJob<SendInvoice>) -> usize {
    KIND_AT + SendInvoice::KIND.len() + job.envelope().tenant().as_str().len()
}

#[test]
fn a_job_opens_with_the_keys_of_its_tenant() {
    assert_eq!(open(&bytes_of(&sealed_for("a")), "a"), Ok(invoice()));
}

#[test]
fn a_job_does_not_open_with_the_keys_of_another_tenant() {
    assert_eq!(
        open(&bytes_of(&sealed_for("a")), "b"),
        Err(JobError::OtherTenant)
    );
}

#[test]
fn a_job_with_the_name_of_another_tenant_does_not_open() {
    let job = sealed_for("a");
    let mut bytes = bytes_of(&job);
    bytes[payload_at(&job) - 1] = b'b';
    assert_eq!(Envelope::parse(&*bytes).unwrap().tenant().as_str(), "b");
    assert_eq!(open(&bytes, "b"), Err(JobError::Tampered));
    assert_eq!(open(&bytes, "a"), Err(JobError::OtherTenant));
}

#[test]
fn the_payload_of_one_tenant_behind_the_header_of_another_does_not_open() {
    let (a, b) = (sealed_for("a"), sealed_for("b"));
    let mut bytes = bytes_of(&b)[..payload_at(&b)].to_vec();
    bytes.extend(&bytes_of(&a)[payload_at(&a)..]);
    assert_eq!(open(&bytes, "b"), Err(JobError::Tampered));
}

#[test]
fn the_payload_of_one_job_behind_the_header_of_another_does_not_open() {
    let (first, second) = (sealed_for("a"), sealed_for("a"));
    let mut bytes = bytes_of(&first)[..payload_at(&first)].to_vec();
    bytes.extend(&bytes_of(&second)[payload_at(&second)..]);
    assert_eq!(open(&bytes, "a"), Err(JobError::Tampered));
}

#[test]
fn a_job_under_another_id_does_not_open() {
    let mut bytes = bytes_of(&sealed_for("a"));
    bytes[2..18].copy_from_slice(JobId::random().unwrap().as_bytes());
    assert_eq!(open(&bytes, "a"), Err(JobError::Tampered));
}

#[test]
fn a_job_of_another_kind_does_not_open() {
    let reminder = SendReminder {
        number: 12,
        to: "canary@example.org".to_owned(),
    };
    let job = TenantJob::seal(&keys_of("a"), &reminder, &JobOptions::new()).unwrap();
    assert_eq!(
        TenantJob::<SendInvoice>::of(job.envelope().clone()),
        Err(JobError::OtherKind {
            expected: "send-invoice"
        })
    );

    // Renamed, with the lengths in order.
    let bytes = job.envelope().as_bytes();
    let mut renamed = bytes[..KIND_AT].to_vec();
    renamed[34] = SendInvoice::KIND.len() as u8;
    renamed.extend(SendInvoice::KIND.bytes());
    renamed.extend(&bytes[KIND_AT + SendReminder::KIND.len()..]);
    assert_eq!(open(&renamed, "a"), Err(JobError::Tampered));
}

#[test]
fn the_border_between_kind_and_tenant_does_not_move() {
    let bytes = bytes_of(&sealed_for("a"));
    let mut moved = bytes.clone();
    moved[34] -= 1;
    moved[35] += 1;
    let envelope = Envelope::parse(&*moved).unwrap();
    assert_eq!(
        (envelope.kind(), envelope.tenant().as_str()),
        ("send-invoic", "ea")
    );
    assert_eq!(open(&moved, "ea").err(), {
        Some(JobError::OtherKind {
            expected: "send-invoice",
        })
    });
}

#[test]
fn no_flipped_bit_is_accepted() {
    let bytes = bytes_of(&sealed_for("a"));
    for bit in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&changed, "a").is_err(), "bit {bit}");
    }
}

#[test]
fn no_shortened_or_lengthened_job_is_accepted() {
    let bytes = bytes_of(&sealed_for("a"));
    for length in 0..bytes.len() {
        assert!(open(&bytes[..length], "a").is_err(), "{length} bytes");
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(open(&longer, "a"), Err(JobError::Tampered));
}

#[test]
fn a_format_of_the_future_is_named() {
    let mut bytes = bytes_of(&sealed_for("a"));
    bytes[1] = 2;
    assert_eq!(
        open(&bytes, "a"),
        Err(JobError::UnknownFormat { format: 2 })
    );
}

#[test]
fn neither_the_payload_nor_its_exact_length_is_in_the_envelope() {
    let seal = |to: &str| {
        let job = SendInvoice {
            number: 12,
            to: to.to_owned(),
        };
        TenantJob::seal(&keys_of("a"), &job, &JobOptions::new()).unwrap()
    };
    let job = seal("canary@example.org");
    let bytes = bytes_of(&job);
    assert!(!bytes.windows(6).any(|window| window == b"canary"));
    assert_eq!((bytes.len() - payload_at(&job) - OVERHEAD_BYTES) % 64, 0);
    assert_eq!(bytes.len(), bytes_of(&seal("c@e.org")).len());
    assert_eq!(
        bytes.len() + 64,
        bytes_of(&seal(&"c".repeat(18 + 64))).len()
    );
}

#[test]
fn debug_and_errors_show_neither_tenant_nor_payload() {
    let job = sealed_for("tenant-canary");
    let shown = format!("{job:?} {:?}", job.envelope());
    assert!(shown.contains("send-invoice"), "{shown}");
    assert!(!shown.contains("canary"), "{shown}");
}

proptest! {
    #[test]
    fn every_job_opens_for_its_tenant_and_no_other(
        number: u32, to: String, tenant in "[a-z]{1,8}", other in "[A-Z]{1,8}"
    ) {
        let job = SendInvoice { number, to };
        let sealed = TenantJob::seal(&keys_of(&tenant), &job, &JobOptions::new()).unwrap();
        prop_assert_eq!(open(&bytes_of(&sealed), &tenant), Ok(job));
        prop_assert_eq!(open(&bytes_of(&sealed), &other), Err(JobError::OtherTenant));
    }

    #[test]
    fn no_bytes_make_the_parser_panic_and_what_it_takes_it_gives_back(
        bytes in prop::collection::vec(any::<u8>(), 0..300)
    ) {
        let begun = [&[0xFA, 1], bytes.as_slice()].concat();
        for bytes in [bytes, begun] {
            if let Ok(envelope) = Envelope::parse(&*bytes) {
                prop_assert_eq!(envelope.as_bytes(), &bytes);
            }
        }
    }

    #[test]
    fn no_changed_byte_is_accepted(at: prop::sample::Index, mask in 1..=255u8) {
        let mut bytes = bytes_of(&sealed_for("a"));
        let at = at.index(bytes.len());
        bytes[at] ^= mask;
        prop_assert!(open(&bytes, "a").is_err());
    }
}
