//! When a job may run.

use tenancy_core::jobs::{JobError, JobOptions};

use super::*;

const MILLISECOND: Duration = Duration::from_millis(1);

fn sealed(options: JobOptions) -> TenantJob<SendInvoice> {
    TenantJob::seal(&keys_of("a"), &invoice(), &options).unwrap()
}

#[test]
fn a_job_expires_at_its_time_and_not_before() {
    let job = sealed(JobOptions::new().expires_at(noon()));
    assert_eq!(job.open(&keys_of("a"), noon() - MILLISECOND), Ok(invoice()));
    assert_eq!(job.open(&keys_of("a"), noon()), Err(JobError::Expired));
    assert_eq!(job.envelope().expires_at(), Some(noon()));
}

#[test]
fn a_job_is_due_at_its_time_and_not_before() {
    let job = sealed(JobOptions::new().not_before(noon()));
    assert_eq!(
        job.open(&keys_of("a"), noon() - MILLISECOND),
        Err(JobError::NotDue)
    );
    assert_eq!(job.open(&keys_of("a"), noon()), Ok(invoice()));
}

#[test]
fn a_job_without_times_runs_at_any() {
    let job = sealed(JobOptions::new());
    assert_eq!(job.envelope().expires_at(), None);
    assert_eq!(job.open(&keys_of("a"), UNIX_EPOCH), Ok(invoice()));
}

#[test]
fn what_expired_before_1970_does_not_last_for_ever() {
    let job = sealed(JobOptions::new().expires_at(UNIX_EPOCH - Duration::from_secs(1)));
    assert_eq!(job.open(&keys_of("a"), noon()), Err(JobError::Expired));
}

#[test]
fn times_that_nobody_can_write_are_refused() {
    let far = UNIX_EPOCH + Duration::from_secs(300_000_000_000);
    for options in [
        JobOptions::new().not_before(far),
        JobOptions::new().expires_at(far),
    ] {
        let refused = TenantJob::seal(&keys_of("a"), &invoice(), &options);
        assert_eq!(refused.err(), Some(JobError::TimeOutOfRange));
    }
}

#[test]
fn a_forged_expiry_counts_as_forged() {
    let mut bytes = bytes_of(&sealed(JobOptions::new().expires_at(noon())));
    bytes[26..34].copy_from_slice(&0u64.to_be_bytes());
    assert_eq!(open(&bytes, "a"), Err(JobError::Tampered));
    bytes[26..34].copy_from_slice(&1u64.to_be_bytes());
    assert_eq!(open(&bytes, "a"), Err(JobError::Tampered));
}

#[test]
fn a_forged_beginning_counts_as_forged() {
    let later = noon() + Duration::from_secs(60);
    let mut bytes = bytes_of(&sealed(JobOptions::new().not_before(later)));
    assert_eq!(open(&bytes, "a"), Err(JobError::NotDue));
    bytes[18..26].copy_from_slice(&0u64.to_be_bytes());
    assert_eq!(open(&bytes, "a"), Err(JobError::Tampered));
}
