use std::sync::Arc;
use std::time::Duration;

use tenancy_core::encryption::*;

use crate::support::*;

fn generation_of(sealed: &[u8]) -> u32 {
    EnvelopeInfo::read(sealed).unwrap().generation.get()
}

#[test]
fn after_a_new_generation_writes_move_at_once_and_old_values_open() {
    let (keyring, _) = created();
    let column = keyring.unlock_blocking(&1).unwrap().column(&LABEL).unwrap();
    let old = column.seal("old").unwrap();
    assert_eq!(wait(keyring.new_generation(&1)).unwrap(), generation(2));
    let new = column.seal("new").unwrap();
    assert_eq!((generation_of(&old), generation_of(&new)), (1, 2));
    assert_eq!(column.open::<String>(&old).unwrap(), "old");
    assert_eq!(column.open::<String>(&new).unwrap(), "new");
    // Another number in the header does not make it a value of that generation.
    let mut moved = new;
    moved[7] = 1;
    assert_eq!(
        column.open::<String>(&moved),
        Err(EncryptionError::WrongKey)
    );
    moved[7] = 3;
    assert_eq!(
        column.open::<String>(&moved),
        Err(EncryptionError::UnknownGeneration)
    );
    assert_eq!(keyring.argon2_runs(), 1);
}

#[test]
fn two_processes_that_add_a_generation_at_once_agree_on_it() {
    let (one, store) = created();
    let other = keyring(&store);
    store.before_the_next_write(move || {
        assert_eq!(wait(other.new_generation(&1)).unwrap(), generation(2));
    });
    assert_eq!(wait(one.new_generation(&1)).unwrap(), generation(2));
    assert_eq!(store.record(1).keys.unwrap().data.len(), 2);
}

#[test]
fn another_change_in_between_is_not_lost() {
    let (one, store) = created();
    wait(one.new_generation(&1)).unwrap();
    let other = keyring(&store);
    store.before_the_next_write(move || {
        wait(other.new_generation(&1)).unwrap();
    });
    wait(one.raise_floor(&1, generation(2))).unwrap();
    let keys = store.record(1).keys.unwrap();
    assert_eq!((keys.floor, keys.data.len()), (2, 3));
    assert_eq!(one.unlock_blocking(&1).unwrap().floor(), Ok(generation(2)));
}

#[test]
fn resealing_moves_a_value_of_any_form_to_the_active_generation() {
    let (keyring, _) = created();
    let column = keyring.unlock_blocking(&1).unwrap().column(&LABEL).unwrap();
    let row = RowId::new("42");
    let padded = column.clone().padded(Padding::to_blocks_of(32).unwrap());
    let plain = column.seal(&7i64).unwrap();
    let bound = padded.seal_row(&row, "bound").unwrap();
    assert_eq!(column.reseal(&plain), Ok(None));
    wait(keyring.new_generation(&1)).unwrap();

    let plain = column.reseal(&plain).unwrap().unwrap();
    assert_eq!(generation_of(&plain), 2);
    assert_eq!(column.open::<i64>(&plain), Ok(7));
    assert_eq!(column.reseal(&plain), Ok(None));

    assert_eq!(column.reseal(&bound), Err(EncryptionError::Malformed));
    let other = column.reseal_row(&RowId::new("43"), &bound);
    assert_eq!(other, Err(EncryptionError::Tampered));
    let moved = column.reseal_row(&row, &bound).unwrap().unwrap();
    assert_eq!(moved.len(), bound.len());
    assert_eq!(column.open_row::<String>(&row, &moved).unwrap(), "bound");
}

#[test]
fn a_raised_floor_refuses_older_values_and_never_sinks() {
    let (keyring, _) = created();
    let column = keyring.unlock_blocking(&1).unwrap().column(&LABEL).unwrap();
    let old = column.seal("old").unwrap();
    let out_of_range = |floor| {
        let raised = wait(keyring.raise_floor(&1, generation(floor)));
        assert!(matches!(raised, Err(KeyringError::FloorOutOfRange)));
    };
    out_of_range(2);
    wait(keyring.new_generation(&1)).unwrap();
    wait(keyring.raise_floor(&1, generation(2))).unwrap();
    assert_eq!(
        column.open::<String>(&old),
        Err(EncryptionError::BelowFloor)
    );
    assert_eq!(column.reseal(&old), Err(EncryptionError::BelowFloor));
    out_of_range(1);
    out_of_range(3);
    wait(keyring.raise_floor(&1, generation(2))).unwrap();
}

#[test]
fn a_generation_is_destroyed_below_the_floor_after_two_leases_and_when_no_value_remains() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let keyring = keyring_with(&store, &clock);
    let keys = wait(keyring.create_tenant(&1)).unwrap();
    let old = keys.column(&LABEL).unwrap().seal("old").unwrap();
    let begin = |number| wait(keyring.begin_destruction(&1, generation(number)));
    assert!(matches!(begin(1), Err(KeyringError::NotBelowFloor)));
    wait(keyring.new_generation(&1)).unwrap();
    assert!(matches!(begin(1), Err(KeyringError::NotBelowFloor)));
    wait(keyring.raise_floor(&1, generation(2))).unwrap();
    assert!(matches!(begin(2), Err(KeyringError::NotBelowFloor)));

    let destruction = begin(1).unwrap();
    assert_eq!(destruction.generation(), generation(1));
    assert_eq!(destruction.ready_in(), 2 * LEASE);
    clock.pass(2 * LEASE - Duration::from_secs(1));
    assert_eq!(destruction.ready_in(), Duration::from_secs(1));
    let early = wait(keyring.finish_destruction(&destruction, 0));
    assert!(matches!(early, Err(KeyringError::TooEarly)));
    clock.pass(Duration::from_secs(1));
    let in_use = wait(keyring.finish_destruction(&destruction, 3));
    assert!(matches!(in_use, Err(KeyringError::StillInUse)));
    assert!(store.record(1).keys.unwrap().data[0].wrapped.is_some());

    wait(keyring.finish_destruction(&destruction, 0)).unwrap();
    let destroyed = &store.record(1).keys.unwrap().data[0];
    assert_eq!(
        (destroyed.state, &destroyed.wrapped),
        (KeyState::Shredded, &None)
    );
    keyring.unlock_blocking(&1).unwrap();
    let column = keys.column(&LABEL).unwrap();
    assert_eq!(
        column.open::<String>(&old),
        Err(EncryptionError::BelowFloor)
    );
    assert_eq!(generation_of(&column.seal("new").unwrap()), 2);
    // Later changes carry the destroyed generation along.
    assert_eq!(wait(keyring.new_generation(&1)).unwrap(), generation(3));
}

#[test]
fn a_clock_that_is_set_forward_does_not_hasten_a_destruction() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let keyring = keyring_with(&store, &clock);
    wait(keyring.create_tenant(&1)).unwrap();
    wait(keyring.new_generation(&1)).unwrap();
    wait(keyring.raise_floor(&1, generation(2))).unwrap();
    let destruction = wait(keyring.begin_destruction(&1, generation(1))).unwrap();
    clock.set(|moment| moment.wall += Duration::from_secs(86_400));
    assert_eq!(destruction.ready_in(), 2 * LEASE);
}

#[test]
fn rewrapping_changes_the_root_and_the_salt_and_no_value() {
    let (old, store) = created();
    let sealed = old
        .unlock_blocking(&1)
        .unwrap()
        .column(&LABEL)
        .unwrap()
        .seal("s3cret")
        .unwrap();
    let before = store.record(1).keys.unwrap();
    let passphrase = RootKey::passphrase("a passphrase of an operator".into()).unwrap();
    let new_root = || FixedKey::new(RootId::literal("2027"), passphrase.clone());
    let both = Keyring::builder(Arc::clone(&store), new_root())
        .previous_root(root())
        .build();
    assert!(wait(both.rewrap(&1)).unwrap());
    assert!(!wait(both.rewrap(&1)).unwrap());

    let after = store.record(1).keys.unwrap();
    assert_eq!(after.root, "2027");
    assert_ne!(after.salt, before.salt);
    // A passphrase gets the higher cost.
    assert_eq!(
        (after.memory_kib, after.passes, after.lanes),
        (65_536, 3, 4)
    );
    let new = Keyring::builder(Arc::clone(&store), new_root()).build();
    let column = new.unlock_blocking(&1).unwrap().column(&LABEL).unwrap();
    assert_eq!(column.open::<String>(&sealed).unwrap(), "s3cret");
    // The old root alone opens nothing any more, and is not tried.
    let old = keyring(&store);
    assert_eq!(
        encryption_error(old.unlock_blocking(&1)),
        EncryptionError::WrongKey
    );
    assert_eq!(old.argon2_runs(), 0);
}

#[test]
fn rewrapping_raises_the_cost() {
    let (_, store) = created();
    let cost = KdfCost::new(32 * 1024, 3, 2).unwrap();
    let keyring = Keyring::builder(Arc::clone(&store), root())
        .cost(cost)
        .build();
    assert!(wait(keyring.rewrap(&1)).unwrap());
    let keys = store.record(1).keys.unwrap();
    assert_eq!(
        (keys.memory_kib, keys.passes, keys.lanes),
        (32 * 1024, 3, 2)
    );
    assert!(crate::support::keyring(&store).unlock_blocking(&1).is_ok());
}

#[test]
fn a_cost_below_the_floor_of_a_passphrase_creates_nothing() {
    let passphrase = RootKey::passphrase("a passphrase of an operator".into()).unwrap();
    let root = FixedKey::new(RootId::literal("p"), passphrase);
    let store = TestStore::new();
    let keyring = Keyring::builder(Arc::clone(&store), root)
        .cost(KdfCost::RANDOM_ROOT)
        .build();
    assert_eq!(
        encryption_error(wait(keyring.create_tenant(&1))),
        EncryptionError::KdfTooWeak
    );
    assert_eq!(keyring.argon2_runs(), 0);
    assert_eq!(wait(keyring.tenants(None, 1)).unwrap(), []);
}

#[test]
fn index_keys_are_exchanged_beside_the_data_keys() {
    let (keyring, _) = created();
    let keys = keyring.unlock_blocking(&1).unwrap();
    let spec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);
    let index = || keys.blind_index(&LABEL, spec).unwrap();
    let (old, sealed) = (
        index().of("a@b.c"),
        keys.column(&LABEL).unwrap().seal("a@b.c").unwrap(),
    );
    assert_eq!(index().any_of("a@b.c"), std::slice::from_ref(&old));
    assert_eq!(wait(keyring.new_index_version(&1)).unwrap(), generation(2));
    let new = index().of("a@b.c");
    assert_ne!(new, old);
    assert_eq!(index().any_of("A@B.c"), [old, new.clone()]);
    wait(keyring.retire_index_versions(&1)).unwrap();
    assert_eq!(index().any_of("a@b.c"), [new]);
    let column = keys.column(&LABEL).unwrap();
    assert_eq!(column.open::<String>(&sealed).unwrap(), "a@b.c");
}

#[test]
fn a_blind_index_is_of_one_tenant_column_form_and_width() {
    let (store, email) = (TestStore::new(), "Ada@Example.org");
    let keyring = keyring(&store);
    let [one, two] = [1, 2].map(|tenant| wait(keyring.create_tenant(&tenant)).unwrap());
    let of = |keys: &TenantKeys, label: &'static str, spec| {
        keys.blind_index(&Label::literal(label), spec)
            .unwrap()
            .of(email)
    };
    let spec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);
    let index = of(&one, "people.email", spec);
    assert_eq!(index.len(), 16);
    assert_eq!(of(&one, "people.email", spec), index);
    let newer = Normaliser::new("ascii-lower", 2, |text| text.to_ascii_lowercase());
    for other in [
        of(&two, "people.email", spec),
        of(&one, "people.mail", spec),
        of(&one, "people.email", BlindIndexSpec::new(newer, 128)),
        of(
            &one,
            "people.email",
            BlindIndexSpec::new(Normaliser::EXACT, 128),
        ),
    ] {
        assert_ne!(other, index);
    }
    // Fewer bits are no prefix of more, and the spare ones are 0.
    let narrow = of(
        &one,
        "people.email",
        BlindIndexSpec::new(Normaliser::ASCII_LOWER, 13),
    );
    assert_eq!(narrow.len(), 2);
    assert_ne!(narrow[0], index[0]);
    for bits in 8..=16u16 {
        let spec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, bits);
        let spare = 8 * bits.div_ceil(8) - bits;
        for value in 0..64 {
            let index = one
                .blind_index(&LABEL, spec)
                .unwrap()
                .of(&value.to_string());
            assert_eq!(index.last().unwrap() & ((1u16 << spare) - 1) as u8, 0);
        }
    }
    assert!(spec.confirms(" A@B.C", "a@b.c"));
    assert!(!spec.confirms("a@b.c", "a@b.d"));
    assert!(spec.may_be_unique());
    assert!(!BlindIndexSpec::new(Normaliser::EXACT, 127).may_be_unique());
}

#[test]
fn a_shredded_tenant_is_closed_at_once_here_and_within_a_lease_elsewhere() {
    let (store, clock) = (TestStore::new(), ManualClock::new());
    let (here, elsewhere) = (keyring_with(&store, &clock), keyring_with(&store, &clock));
    let near = wait(here.create_tenant(&1))
        .unwrap()
        .column(&LABEL)
        .unwrap();
    let far = elsewhere
        .unlock_blocking(&1)
        .unwrap()
        .column(&LABEL)
        .unwrap();
    let sealed = near.seal("s3cret").unwrap();

    let receipt = wait(here.shred(&1)).unwrap();
    assert_eq!(near.seal("s3cret"), Err(EncryptionError::TenantShredded));
    assert_eq!(
        near.open::<String>(&sealed),
        Err(EncryptionError::TenantShredded)
    );
    // A warm cache serves until its lease is over, and no longer.
    clock.pass(LEASE - Duration::from_nanos(1));
    assert!(far.open::<String>(&sealed).is_ok());
    clock.pass(Duration::from_nanos(1));
    assert_eq!(
        far.open::<String>(&sealed),
        Err(EncryptionError::NotUnlocked)
    );
    assert_eq!(
        encryption_error(elsewhere.unlock_blocking(&1)),
        EncryptionError::TenantShredded
    );
    assert_eq!(
        far.open::<String>(&sealed),
        Err(EncryptionError::TenantShredded)
    );
    assert_eq!(receipt.effective_within, LEASE);
}

#[test]
fn nothing_remains_of_a_shredded_tenant_and_it_gets_no_new_keys() {
    let (keyring, store) = created();
    let receipt = wait(keyring.shred(&1)).unwrap();
    assert_eq!(
        (
            receipt.revision,
            &receipt.generations,
            &receipt.index_versions
        ),
        (2, &vec![1], &vec![1])
    );
    assert_eq!(receipt.copies, ["the log, for 7 days"]);
    let text = receipt.to_string();
    assert!(text.contains("60 seconds") && text.contains("the log, for 7 days"));
    assert_eq!(
        store.record(1),
        TenantRecord {
            revision: 2,
            keys: None
        }
    );
    // The same answer from a process that knows and from one that does not.
    for keyring in [keyring, crate::support::keyring(&store)] {
        let shredded = EncryptionError::TenantShredded;
        assert_eq!(encryption_error(keyring.unlock_blocking(&1)), shredded);
        assert_eq!(encryption_error(wait(keyring.create_tenant(&1))), shredded);
        assert_eq!(encryption_error(wait(keyring.new_generation(&1))), shredded);
        assert_eq!(encryption_error(wait(keyring.rewrap(&1))), shredded);
        let again = wait(keyring.shred(&1)).unwrap();
        assert_eq!((again.revision, again.generations.len()), (2, 0));
    }
    assert_eq!(store.record(1).revision, 2);
}

#[test]
fn a_tenant_is_shredded_without_its_root_key_and_with_a_damaged_record() {
    let (_, store) = created();
    store.edit(1, |keys| keys.memory_kib = 1);
    let keyring = Keyring::builder(Arc::clone(&store), other_root("other")).build();
    assert!(wait(keyring.shred(&1)).is_ok());
    assert_eq!(keyring.argon2_runs(), 0);
}

#[test]
fn a_change_meets_a_shredding_in_between_and_does_not_undo_it() {
    let (one, store) = created();
    let other = keyring(&store);
    store.before_the_next_write(move || {
        wait(other.shred(&1)).unwrap();
    });
    assert_eq!(
        encryption_error(wait(one.new_generation(&1))),
        EncryptionError::TenantShredded
    );
    assert_eq!(store.record(1).keys, None);
}
