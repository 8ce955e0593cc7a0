use std::num::NonZeroU16;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tenancy_core::encryption::*;

use crate::support::*;

struct Leased {
    store: Arc<TestStore>,
    clock: ManualClock,
    keyring: Keyring,
    column: Column,
}

fn leased() -> Leased {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let keyring = keyring_with(&store, &clock);
    let keys = wait(keyring.create_tenant(&1)).unwrap();
    Leased {
        column: keys.column(&LABEL).unwrap(),
        store,
        clock,
        keyring,
    }
}

#[test]
fn keys_seal_and_open_within_their_lease_only() {
    let Leased { clock, column, .. } = leased();
    let sealed = column.seal("s3cret").unwrap();
    clock.pass(LEASE - Duration::from_nanos(1));
    assert!(column.seal("s3cret").is_ok());
    assert!(column.open::<String>(&sealed).is_ok());
    clock.pass(Duration::from_nanos(1));
    assert_eq!(column.seal("s3cret"), Err(EncryptionError::NotUnlocked));
    assert_eq!(
        column.open::<String>(&sealed),
        Err(EncryptionError::NotUnlocked)
    );
    assert_eq!(column.reseal(&sealed), Err(EncryptionError::NotUnlocked));
}

#[test]
fn everything_made_of_keys_ends_with_their_lease() {
    let Leased { clock, keyring, .. } = leased();
    let keys = keyring.unlock_blocking(&1).unwrap();
    clock.pass(LEASE);
    let spec = BlindIndexSpec::new(Normaliser::EXACT, 128);
    assert_eq!(
        keys.column(&LABEL).unwrap_err(),
        EncryptionError::NotUnlocked
    );
    assert_eq!(
        keys.blind_index(&LABEL, spec).unwrap_err(),
        EncryptionError::NotUnlocked
    );
    assert_eq!(keys.active_generation(), Err(EncryptionError::NotUnlocked));
    assert_eq!(keys.floor(), Err(EncryptionError::NotUnlocked));
}

#[test]
fn unlocking_again_prolongs_the_lease_of_all_handles_without_argon2() {
    let Leased {
        clock,
        keyring,
        column,
        ..
    } = leased();
    clock.pass(LEASE);
    assert!(column.seal("s3cret").is_err());
    let keys = keyring.unlock_blocking(&1).unwrap();
    assert!(column.seal("s3cret").is_ok());
    for _ in 0..10 {
        clock.pass(LEASE);
        assert!(keys.column(&LABEL).is_err());
        keyring.unlock_blocking(&1).unwrap();
        assert!(keys.column(&LABEL).is_ok());
    }
    assert_eq!(keyring.argon2_runs(), 1);
}

#[test]
fn the_store_is_asked_again_when_half_of_the_lease_is_over() {
    let Leased {
        store,
        clock,
        keyring,
        ..
    } = leased();
    let asked = || store.loads.load(Ordering::Relaxed);
    let before = asked();
    clock.pass(LEASE / 2 - Duration::from_nanos(1));
    keyring.unlock_blocking(&1).unwrap();
    assert_eq!(asked(), before);
    clock.pass(Duration::from_nanos(1));
    keyring.unlock_blocking(&1).unwrap();
    assert_eq!(asked(), before + 1);
    keyring.unlock_blocking(&1).unwrap();
    assert_eq!(asked(), before + 1);
}

#[test]
fn a_store_that_is_away_for_half_a_lease_is_not_noticed_and_then_it_is() {
    let Leased {
        store,
        clock,
        keyring,
        column,
        ..
    } = leased();
    store.fails.store(true, Ordering::Relaxed);
    clock.pass(LEASE / 2);
    assert!(keyring.unlock_blocking(&1).is_ok());
    assert!(column.seal("s3cret").is_ok());
    // That was no confirmation.
    clock.pass(LEASE / 2);
    assert!(matches!(
        keyring.unlock_blocking(&1),
        Err(KeyringError::Store(_))
    ));
    assert_eq!(column.seal("s3cret"), Err(EncryptionError::NotUnlocked));
}

#[test]
fn a_lease_counts_from_the_question_and_not_from_the_answer() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let keyring = keyring_with(&store, &clock);
    let over = |keys: TenantKeys| {
        let column = keys.column(&LABEL);
        assert_eq!(column.unwrap_err(), EncryptionError::NotUnlocked);
    };
    let slow = clock.clone();
    store.before_the_next_write(move || slow.pass(LEASE));
    over(wait(keyring.create_tenant(&1)).unwrap());
    let slow = clock.clone();
    store.during_the_next_load(move || slow.pass(LEASE));
    over(keyring.unlock_blocking(&1).unwrap());
    assert!(keyring.unlock_blocking(&1).unwrap().column(&LABEL).is_ok());
}

#[test]
fn either_clock_ends_a_lease() {
    // The machine slept: the monotonic clock stood still.
    let Leased { clock, column, .. } = leased();
    clock.set(|moment| moment.wall += LEASE);
    assert_eq!(column.seal("s3cret"), Err(EncryptionError::NotUnlocked));

    // Somebody sets the clock on the wall back.
    let Leased { clock, column, .. } = leased();
    clock.set(|moment| moment.wall -= Duration::from_secs(86_400));
    assert!(column.seal("s3cret").is_ok());
    clock.set(|moment| moment.monotonic += LEASE);
    assert_eq!(column.seal("s3cret"), Err(EncryptionError::NotUnlocked));
}

#[test]
fn a_paused_process_cannot_seal_under_a_generation_that_was_destroyed_meanwhile() {
    let Leased {
        store,
        clock,
        keyring,
        column,
    } = leased();
    let other_clock = clock.clone();
    let other = keyring_with(&store, &other_clock);
    wait(other.new_generation(&1)).unwrap();
    wait(other.raise_floor(&1, generation(2))).unwrap();
    // The paused process does not know yet, and seals under the old generation.
    let late = column.seal("late").unwrap();
    assert_eq!(EnvelopeInfo::read(&late).unwrap().generation, generation(1));
    let destruction = wait(other.begin_destruction(&1, generation(1))).unwrap();
    clock.pass(2 * LEASE);
    assert_eq!(column.seal("later"), Err(EncryptionError::NotUnlocked));
    wait(other.finish_destruction(&destruction, 0)).unwrap();
    // It wakes up, asks, and seals under the new one.
    keyring.unlock_blocking(&1).unwrap();
    let sealed = column.seal("after").unwrap();
    assert_eq!(
        EnvelopeInfo::read(&sealed).unwrap().generation,
        generation(2)
    );
    assert_eq!(
        column.open::<String>(&late),
        Err(EncryptionError::BelowFloor)
    );
}

#[test]
fn the_lease_is_the_tenant_s_and_a_process_may_only_shorten_it() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let with_lease = |seconds| {
        Keyring::builder(Arc::clone(&store), root())
            .clock(clock.clone())
            .lease_seconds(NonZeroU16::new(seconds).unwrap())
            .build()
    };
    wait(with_lease(20).create_tenant(&1)).unwrap();
    let (long, short) = (with_lease(600), with_lease(5));
    let long = long.unlock_blocking(&1).unwrap();
    let short = short.unlock_blocking(&1).unwrap();
    clock.pass(Duration::from_secs(5));
    assert!(short.column(&LABEL).is_err());
    assert!(long.column(&LABEL).is_ok());
    clock.pass(Duration::from_secs(15));
    assert!(long.column(&LABEL).is_err());
}

#[test]
fn forgotten_keys_lock_the_handles_and_unlock_again() {
    let Leased {
        keyring, column, ..
    } = leased();
    wait(keyring.forget(&1)).unwrap();
    assert_eq!(column.seal("s3cret"), Err(EncryptionError::NotUnlocked));
    assert!(keyring.unlock_blocking(&1).is_ok());
    assert_eq!(keyring.argon2_runs(), 2);
}

#[test]
fn only_idle_tenants_are_forgotten() {
    let Leased { clock, keyring, .. } = leased();
    keyring.forget_idle();
    keyring.unlock_blocking(&1).unwrap();
    assert_eq!(keyring.argon2_runs(), 1);
    clock.pass(LEASE);
    keyring.forget_idle();
    keyring.unlock_blocking(&1).unwrap();
    assert_eq!(keyring.argon2_runs(), 2);
}

#[test]
fn the_system_clock_moves_on() {
    let clock = SystemClock::new();
    let first = clock.now();
    let later = std::iter::repeat_with(|| clock.now()).find(|now| now.monotonic > first.monotonic);
    assert!(later.is_some());
    assert!(first.wall > Duration::from_secs(1_600_000_000));
}
