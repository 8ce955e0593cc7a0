use std::sync::Arc;

use tenancy_core::encryption::*;

use crate::support::*;

/// What a fresh process says to a record that was changed.
fn refusal(change: impl FnOnce(&mut KeyRecord)) -> (EncryptionError, u64) {
    let (keyring, store) = created();
    wait(keyring.new_generation(&1)).unwrap();
    wait(keyring.new_generation(&1)).unwrap();
    wait(keyring.new_index_version(&1)).unwrap();
    wait(keyring.raise_floor(&1, generation(2))).unwrap();
    store.edit(1, change);
    let keyring = crate::support::keyring(&store);
    (
        encryption_error(keyring.unlock_blocking(&1)),
        keyring.argon2_runs(),
    )
}

#[test]
fn a_record_with_a_changed_field_is_refused() {
    use EncryptionError::*;
    type Change = fn(&mut KeyRecord);
    let cases: &[(&str, EncryptionError, Change)] = &[
        ("format", UnsupportedSuite, |r| r.format = 2),
        ("salt", WrongKey, |r| r.salt[0] ^= 1),
        ("commitment", WrongKey, |r| r.commitment[31] ^= 1),
        ("more memory", WrongKey, |r| r.memory_kib += 8),
        ("more passes", WrongKey, |r| r.passes += 1),
        ("more lanes", WrongKey, |r| r.lanes += 1),
        ("floor down", Tampered, |r| r.floor = 1),
        ("floor up", Tampered, |r| r.floor = 3),
        ("lease", Tampered, |r| r.lease_seconds = 86_400),
        ("state", Tampered, |r| r.data[0].state = KeyState::Active),
        ("index state", Tampered, |r| {
            r.index[0].state = KeyState::Active
        }),
        ("number", Tampered, |r| r.data[0].number = 9),
        ("number 0", Malformed, |r| r.data[0].number = 0),
        ("floor 0", Malformed, |r| r.floor = 0),
        ("root without a name", Malformed, |r| r.root.clear()),
        ("key left out", Tampered, |r| drop(r.data.remove(0))),
        ("newest key left out", Tampered, |r| drop(r.data.pop())),
        ("no keys", Malformed, |r| {
            r.data.clear();
            r.index.clear();
        }),
        ("keys in another order", Tampered, |r| r.data.swap(0, 1)),
        ("wrapped keys exchanged", Tampered, |r| {
            let first = r.data[0].wrapped.take();
            r.data[0].wrapped = std::mem::replace(&mut r.data[1].wrapped, first);
        }),
        ("index key as data key", Tampered, |r| {
            r.data[0].wrapped = r.index[0].wrapped.clone();
        }),
        ("key shredded by name", Tampered, |r| {
            r.data[0].state = KeyState::Shredded;
            r.data[0].wrapped = None;
        }),
        ("key taken away", Malformed, |r| r.data[0].wrapped = None),
        ("short wrapped key", Malformed, |r| {
            r.data[0].wrapped.as_mut().unwrap().pop();
        }),
        ("long wrapped key", Malformed, |r| {
            r.data[0].wrapped.as_mut().unwrap().push(0);
        }),
    ];
    for (name, expected, change) in cases {
        assert_eq!(refusal(change).0, *expected, "{name}");
    }
}

#[test]
fn a_weakened_or_overpriced_record_is_refused_before_argon2_runs() {
    use EncryptionError::*;
    type Change = fn(&mut KeyRecord);
    let cases: &[(EncryptionError, Change)] = &[
        (KdfTooWeak, |r| r.memory_kib -= 1),
        (KdfTooWeak, |r| r.memory_kib = 0),
        (KdfTooWeak, |r| r.passes = 1),
        (KdfTooWeak, |r| r.lanes = 0),
        (KdfTooCostly, |r| r.memory_kib = KdfCost::MAX_MEMORY_KIB + 1),
        (KdfTooCostly, |r| r.memory_kib = u32::MAX),
        (KdfTooCostly, |r| r.passes = KdfCost::MAX_PASSES + 1),
        (KdfTooCostly, |r| r.lanes = KdfCost::MAX_LANES + 1),
        // A root that the process does not have is not looked for among others.
        (WrongKey, |r| r.root = "2025".to_owned()),
    ];
    for (expected, change) in cases {
        assert_eq!(refusal(change), (*expected, 0));
    }
}

#[test]
fn a_passphrase_has_a_higher_floor_than_random_bytes() {
    let passphrase = || {
        let key = RootKey::passphrase("a passphrase of an operator".into()).unwrap();
        FixedKey::new(RootId::literal("p"), key)
    };
    let store = TestStore::new();
    let keyring = Keyring::builder(Arc::clone(&store), passphrase()).build();
    wait(keyring.create_tenant(&1)).unwrap();
    store.edit(1, |keys| {
        (keys.memory_kib, keys.passes, keys.lanes) = (19 * 1024, 2, 1);
    });
    let keyring = Keyring::builder(Arc::clone(&store), passphrase()).build();
    assert_eq!(
        encryption_error(keyring.unlock_blocking(&1)),
        EncryptionError::KdfTooWeak
    );
    assert_eq!(keyring.argon2_runs(), 0);
}

#[test]
fn every_changed_bit_of_a_wrapped_key_is_refused() {
    let (_, store) = created();
    let good = store.record(1);
    // One process, which keeps the wrap key: 576 runs of Argon2id would prove no more.
    let keyring = keyring(&store);
    for bit in 0..72 * 8 {
        store.edit(1, |keys| {
            keys.data[0].wrapped.as_mut().unwrap()[bit / 8] ^= 1 << (bit % 8);
        });
        assert_eq!(
            encryption_error(keyring.unlock_blocking(&1)),
            EncryptionError::Tampered
        );
        store.put(1, good.clone());
    }
    assert!(keyring.unlock_blocking(&1).is_ok());
    assert_eq!(keyring.argon2_runs(), 1);
}

#[test]
fn the_record_of_another_tenant_is_refused() {
    let store = TestStore::new();
    let keyring = keyring(&store);
    for tenant in [1, 2] {
        wait(keyring.create_tenant(&tenant)).unwrap();
    }
    store.put(1, store.record(2));
    let fresh = crate::support::keyring(&store);
    assert_eq!(
        encryption_error(fresh.unlock_blocking(&1)),
        EncryptionError::WrongKey
    );
}

#[test]
fn another_root_key_under_the_same_name_is_the_wrong_key() {
    let (_, store) = created();
    let keyring = Keyring::builder(Arc::clone(&store), other_root("2026-01")).build();
    assert_eq!(
        encryption_error(keyring.unlock_blocking(&1)),
        EncryptionError::WrongKey
    );
}

#[test]
fn a_mixture_of_two_revisions_is_refused() {
    let (keyring, store) = created();
    let old = store.record(1);
    wait(keyring.new_generation(&1)).unwrap();
    let new = store.record(1);
    let fresh = |record: TenantRecord| {
        store.put(1, record);
        encryption_error(crate::support::keyring(&store).unlock_blocking(&1))
    };
    // The old keys under the new number, the new keys under the old one, one old key among the new.
    for (revision, keys) in [(2, &old.keys), (1, &new.keys)] {
        let mixed = TenantRecord {
            revision,
            keys: keys.clone(),
        };
        assert_eq!(fresh(mixed), EncryptionError::Tampered);
    }
    let mut mixed = new;
    let old_key = old.keys.unwrap().data.remove(0);
    mixed.keys.as_mut().unwrap().data[0].wrapped = old_key.wrapped;
    assert_eq!(fresh(mixed), EncryptionError::Tampered);
}

#[test]
fn a_record_that_is_rolled_back_is_refused_by_a_process_that_saw_the_newer_one() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let keyring = keyring_with(&store, &clock);
    let column = wait(keyring.create_tenant(&1))
        .unwrap()
        .column(&LABEL)
        .unwrap();
    let (sealed, old) = (column.seal("s3cret").unwrap(), store.record(1));
    wait(keyring.new_generation(&1)).unwrap();
    let new = store.record(1);

    store.put(1, old.clone());
    // The lease has not run out: what is wrong is locked at once.
    clock.pass(LEASE / 2);
    let error = encryption_error(keyring.unlock_blocking(&1));
    assert_eq!(error, EncryptionError::Tampered);
    assert_eq!(
        column.open::<String>(&sealed),
        Err(EncryptionError::NotUnlocked)
    );
    let change = encryption_error(wait(keyring.new_generation(&1)));
    assert_eq!(change, EncryptionError::Tampered);
    assert_eq!(store.record(1), old);

    // The right record heals it.
    store.put(1, new);
    keyring.unlock_blocking(&1).unwrap();
    assert_eq!(column.open::<String>(&sealed).unwrap(), "s3cret");
}

#[test]
fn a_record_that_vanishes_is_refused_and_not_created_anew() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let keyring = keyring_with(&store, &clock);
    wait(keyring.create_tenant(&1)).unwrap();
    store.inner.overwrite(&canonical(1), None);
    clock.pass(LEASE);
    assert_eq!(
        encryption_error(keyring.unlock_blocking(&1)),
        EncryptionError::Tampered
    );
    assert_eq!(
        encryption_error(wait(keyring.create_tenant(&1))),
        EncryptionError::Tampered
    );
}

#[test]
fn a_shredded_record_that_is_brought_back_stays_shredded_where_it_was_seen() {
    let (keyring, store) = created();
    let before = store.record(1);
    wait(keyring.shred(&1)).unwrap();
    store.put(1, before);
    assert_eq!(
        encryption_error(keyring.unlock_blocking(&1)),
        EncryptionError::TenantShredded
    );
}

#[test]
fn a_process_that_starts_after_a_complete_roll_back_refuses_the_newer_values() {
    let (keyring, store) = created();
    let old = store.record(1);
    wait(keyring.new_generation(&1)).unwrap();
    let sealed = keyring
        .unlock_blocking(&1)
        .unwrap()
        .column(&LABEL)
        .unwrap()
        .seal("s3cret");
    store.put(1, old);
    let column = crate::support::keyring(&store)
        .unlock_blocking(&1)
        .unwrap()
        .column(&LABEL);
    assert_eq!(
        column.unwrap().open::<String>(&sealed.unwrap()),
        Err(EncryptionError::UnknownGeneration)
    );
}

#[test]
fn two_records_of_one_revision_are_refused() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let keyring = keyring_with(&store, &clock);
    wait(keyring.create_tenant(&1)).unwrap();
    // A store that lost the race and says that it won.
    store.inner.overwrite(&canonical(1), None);
    wait(crate::support::keyring(&store).create_tenant(&1)).unwrap();
    clock.pass(LEASE);
    assert_eq!(
        encryption_error(keyring.unlock_blocking(&1)),
        EncryptionError::Tampered
    );
}
