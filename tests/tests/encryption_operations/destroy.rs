use diesel::connection::SimpleConnection;
use tenancy_core::encryption::{Label, wait};
use tenancy_diesel::encryption::operations::{
    DestroyGeneration, DestructionStep, OperationError, Reencrypt,
};
use tenancy_diesel::encryption::{Encrypted, EncryptionError, KeyringError};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B, OrgId};

use crate::schema::{self, REGISTRY, accounts};
use crate::world::{LEASE, MODES, Mode, World, block_on, generation, keyring};

fn destruction(world: &World) -> DestroyGeneration<'static> {
    DestroyGeneration::new(&REGISTRY, generation(1)).clock(world.clock.clone())
}

fn advance(
    world: &World,
    mode: Mode,
    tenant: OrgId,
    destruction: &mut DestroyGeneration<'_>,
) -> Result<DestructionStep, OperationError> {
    match mode {
        Mode::Blocking => {
            destruction.advance_blocking(&mut world.scope_without_keys(tenant), &world.keyring)
        }
        Mode::Async => block_on(async {
            let mut scope = world.async_scope(tenant).await;
            destruction.advance(&mut scope, &world.keyring).await
        }),
    }
}

/// Advances, and expects to be told to wait for two leases.
fn expect_wait(world: &World, mode: Mode, destruction: &mut DestroyGeneration<'_>) {
    let step = advance(world, mode, A, destruction).unwrap();
    let expected = DestructionStep::Wait {
        time: 2 * LEASE,
        older_transactions: 0,
    };
    assert!(step == expected, "{step:?}");
}

fn floor(world: &World) -> u32 {
    world
        .keyring
        .unlock_blocking(&A)
        .unwrap()
        .floor()
        .unwrap()
        .get()
}

/// A database without the other tests' transactions in it does not exist on a shared server, so this goes on
/// while they are waited for.
fn finish(
    world: &World,
    mode: Mode,
    destruction: &mut DestroyGeneration<'_>,
) -> Result<DestructionStep, OperationError> {
    loop {
        match advance(world, mode, A, destruction)? {
            DestructionStep::Wait {
                older_transactions: 1..,
                ..
            } => std::thread::yield_now(),
            step => return Ok(step),
        }
    }
}

#[test]
fn a_generation_is_destroyed_after_twice_two_leases() {
    for mode in MODES {
        let world = World::new();
        let old = world.texts("SELECT encode(api_key, 'hex') AS text FROM accounts WHERE id = 1")
            [0]
        .clone();
        assert!(!old.is_empty());
        let column = world.keyring.unlock_blocking(&A).unwrap();
        let column = column.column(&Label::literal("accounts.api_key")).unwrap();
        let sealed = column.seal("old").unwrap();
        let (values, b) = (world.values(A), world.stored(B));
        world.new_generation();
        assert!(
            world
                .reencrypt(mode, Reencrypt::new(&REGISTRY))
                .unwrap()
                .is_complete()
        );

        let mut destruction = destruction(&world);
        expect_wait(&world, mode, &mut destruction);
        assert_eq!(floor(&world), 1);
        world.clock.pass(2 * LEASE);
        let step = finish(&world, mode, &mut destruction).unwrap();
        assert!(matches!(step, DestructionStep::Wait { time, .. } if time == 2 * LEASE));
        assert_eq!(floor(&world), 2);
        world.clock.pass(2 * LEASE);
        let step = finish(&world, mode, &mut destruction).unwrap();
        let DestructionStep::Destroyed(destroyed) = step else {
            panic!("{step:?}");
        };
        assert_eq!(destroyed.values, world.remaining(mode).total());

        let record = tenancy_core::encryption::CanonicalTenant::of(&A).unwrap();
        let record = wait(tenancy_core::encryption::KeyStore::load(
            &*world.store,
            &record,
        ));
        assert_eq!(record.unwrap().unwrap().keys.unwrap().data[0].wrapped, None);
        world.keyring.unlock_blocking(&A).unwrap();
        assert_eq!(
            column.open::<String>(&sealed),
            Err(EncryptionError::BelowFloor)
        );
        assert_eq!(world.values(A), values);
        assert_eq!(world.stored(B), b);
    }
}

#[test]
fn values_that_remain_keep_the_floor_where_it_is() {
    for mode in MODES {
        let world = World::new();
        let total = world.remaining(mode).total();
        world.new_generation();
        let error = advance(&world, mode, A, &mut destruction(&world)).unwrap_err();
        assert!(
            matches!(error, OperationError::StillInUse { count } if count == total),
            "{error}"
        );
        assert_eq!(floor(&world), 1);
    }
}

#[test]
fn the_generation_that_seals_is_not_destroyed() {
    let world = World::new();
    world.execute(
        "TRUNCATE accounts, devices, pages, documents, readings, settings, vault.accounts",
    );
    let error = advance(&world, MODES[0], A, &mut destruction(&world)).unwrap_err();
    let expected = matches!(error, OperationError::Keys(KeyringError::NotBelowFloor));
    assert!(expected, "{error}");
}

#[test]
fn a_destruction_belongs_to_one_tenant() {
    let world = World::new();
    world.new_generation();
    assert!(
        world
            .reencrypt(MODES[0], Reencrypt::new(&REGISTRY))
            .unwrap()
            .is_complete()
    );
    let mut destruction = destruction(&world);
    expect_wait(&world, MODES[0], &mut destruction);
    let error = advance(&world, MODES[0], B, &mut destruction).unwrap_err();
    assert!(matches!(error, OperationError::OtherTenant), "{error}");
}

/// Two keyrings over one store are two processes.
#[test]
fn a_paused_process_seals_under_the_old_generation_within_its_lease_and_not_after() {
    let world = World::new();
    let paused = keyring(&world.store, &world.clock);
    let handle = paused.unlock_blocking(&A).unwrap();
    let column = handle.column(&Label::literal("accounts.api_key")).unwrap();
    world.new_generation();
    assert!(
        world
            .reencrypt(MODES[0], Reencrypt::new(&REGISTRY))
            .unwrap()
            .is_complete()
    );
    let mut destruction = destruction(&world);
    expect_wait(&world, MODES[0], &mut destruction);

    // It has not heard of the new generation, and writes a value at the end of its lease.
    world.clock.pass(LEASE - std::time::Duration::from_secs(1));
    let late = column.seal("late").unwrap();
    let mut conn = tenancy_diesel::Scoped::open(world.superuser(), A).unwrap();
    let scope: &mut schema::Scoped<PgConnection> = &mut conn;
    diesel::sql_query("UPDATE accounts SET api_key = $1 WHERE tenant_id = $2 AND id = 1")
        .bind::<diesel::sql_types::Bytea, _>(late)
        .bind::<diesel::sql_types::Uuid, _>(A.0)
        .execute(scope)
        .unwrap();
    world.clock.pass(2 * LEASE);
    assert_eq!(column.seal("too late"), Err(EncryptionError::NotUnlocked));

    // The value is found before the floor rises, so it still opens and is sealed anew.
    let error = finish(&world, MODES[0], &mut destruction).unwrap_err();
    assert!(
        matches!(error, OperationError::StillInUse { count: 1 }),
        "{error}"
    );
    assert_eq!(floor(&world), 1);
    let key: Encrypted<String> = accounts::table
        .find(1)
        .select(accounts::api_key)
        .first(&mut world.scope(A))
        .unwrap();
    assert_eq!(key.expose(), "late");
    let report = world
        .reencrypt(MODES[0], Reencrypt::new(&REGISTRY))
        .unwrap();
    assert_eq!(report.tally().done, 1);

    let step = finish(&world, MODES[0], &mut destruction).unwrap();
    assert!(matches!(step, DestructionStep::Wait { .. }), "{step:?}");
    world.clock.pass(2 * LEASE);
    let step = finish(&world, MODES[0], &mut destruction).unwrap();
    assert!(matches!(step, DestructionStep::Destroyed(_)), "{step:?}");

    // What the paused process knows does not help it: its lease is over, and the store has a new record.
    assert_eq!(column.seal("never"), Err(EncryptionError::NotUnlocked));
    paused.unlock_blocking(&A).unwrap();
    let sealed = column.seal("new").unwrap();
    let info = tenancy_core::encryption::EnvelopeInfo::read(&sealed).unwrap();
    assert_eq!(info.generation, generation(2));
}

#[test]
fn a_transaction_that_was_open_is_waited_for_and_what_it_wrote_is_found() {
    for mode in MODES {
        let world = World::new();
        let keys = world.keyring.unlock_blocking(&A).unwrap();
        let column = keys.column(&Label::literal("accounts.api_key")).unwrap();
        let old = column.seal("old").unwrap();
        world.new_generation();
        assert!(
            world
                .reencrypt(mode, Reencrypt::new(&REGISTRY))
                .unwrap()
                .is_complete()
        );
        let mut destruction = destruction(&world);
        expect_wait(&world, mode, &mut destruction);
        world.clock.pass(2 * LEASE);

        // One has written an old value; another has begun and written nothing yet. The application role
        // may not look into the sessions of others.
        let (mut writer, mut idle) = (world.superuser(), world.superuser());
        writer.batch_execute("BEGIN").unwrap();
        diesel::sql_query("UPDATE accounts SET api_key = $1 WHERE tenant_id = $2 AND id = 1")
            .bind::<diesel::sql_types::Bytea, _>(old)
            .bind::<diesel::sql_types::Uuid, _>(A.0)
            .execute(&mut writer)
            .unwrap();
        idle.batch_execute("BEGIN; SELECT FROM accounts").unwrap();

        let step = advance(&world, mode, A, &mut destruction).unwrap();
        let waits = matches!(
            step,
            DestructionStep::Wait {
                older_transactions: 2..,
                ..
            }
        );
        assert!(waits, "{step:?}");
        assert_eq!(floor(&world), 1);
        writer.batch_execute("COMMIT").unwrap();
        let step = advance(&world, mode, A, &mut destruction).unwrap();
        let waits = matches!(
            step,
            DestructionStep::Wait {
                older_transactions: 1..,
                ..
            }
        );
        assert!(waits, "{step:?}");
        idle.batch_execute("COMMIT").unwrap();

        let error = finish(&world, mode, &mut destruction).unwrap_err();
        assert!(
            matches!(error, OperationError::StillInUse { count: 1 }),
            "{error}"
        );
        assert_eq!(floor(&world), 1);
    }
}
