use tenancy_diesel::encryption::operations::{Limits, OperationError, Problem, Reencrypt};
use tenancy_diesel::encryption::{EncryptionError, RowId};
use tenancy_diesel::prelude::*;
use tenancy_diesel::{PolicyOptions, encryption::Encrypted};
use tenancy_tests::{A, B};

use crate::schema::{REGISTRY, accounts};
use crate::world::{MODES, World, generation, small};

#[test]
fn every_value_is_sealed_anew_and_still_opens() {
    for mode in MODES {
        let world = World::new();
        let (values, b) = (world.values(A), world.stored(B));
        let total = world.remaining(mode).total();
        assert_eq!(world.remaining(mode).of(generation(1)), total);
        world.new_generation();

        let report = world
            .reencrypt(mode, Reencrypt::new(&REGISTRY).limits(small()))
            .unwrap();

        assert!(report.is_complete(), "{report}");
        assert_eq!(report.tally().done, total);
        assert_eq!(report.ledger().len(), 0);
        assert_eq!(report.active(), generation(2));
        assert_eq!(world.remaining(mode).of(generation(2)), total);
        assert_eq!(world.values(A), values);
        assert_eq!(world.stored(B), b);
    }
}

#[test]
fn a_second_run_has_nothing_to_do() {
    for mode in MODES {
        let world = World::new();
        world.new_generation();
        let first = world.reencrypt(mode, Reencrypt::new(&REGISTRY)).unwrap();
        let stored = world.stored(A);
        let second = world.reencrypt(mode, Reencrypt::new(&REGISTRY)).unwrap();
        assert!(first.tally().done > 0);
        assert_eq!(second.tally().done, 0);
        assert!(second.is_complete());
        assert_eq!(world.stored(A), stored);
    }
}

#[test]
fn a_dry_run_counts_and_writes_nothing() {
    for mode in MODES {
        let world = World::new();
        world.new_generation();
        let stored = world.stored(A);
        let report = world
            .reencrypt(mode, Reencrypt::new(&REGISTRY).limits(small()).dry_run())
            .unwrap();
        assert_eq!(report.tally().done, world.remaining(mode).total());
        assert!(report.is_dry_run() && !report.is_complete());
        assert_eq!(world.stored(A), stored);
    }
}

#[test]
fn pages_are_cut_by_bytes_as_well() {
    let world = World::new();
    world.new_generation();
    let mut pages = 0;
    let job = Reencrypt::new(&REGISTRY)
        .limits(Limits::new().bytes(1))
        .on_progress(|_| pages += 1);
    let report = world.reencrypt(MODES[0], job).unwrap();
    assert!(report.is_complete());
    // One for each value, and an empty one at the end of each of the ten columns.
    assert_eq!(pages, report.tally().done + 10);
}

#[test]
fn progress_counts_up_to_the_report() {
    for mode in MODES {
        let world = World::new();
        world.new_generation();
        let mut last = Vec::new();
        let job = Reencrypt::new(&REGISTRY)
            .limits(small().pause(std::time::Duration::from_nanos(1)))
            .on_progress(|progress| last.push((progress.table, progress.column, progress.tally)));
        let report = world.reencrypt(mode, job).unwrap();
        for column in report.columns() {
            let told = last
                .iter()
                .rfind(|(table, name, _)| (*table, *name) == (column.table, column.column));
            assert_eq!(told.map(|(_, _, tally)| *tally), Some(column.tally));
        }
    }
}

#[test]
fn what_does_not_open_is_entered_in_the_ledger_and_stops_nothing() {
    for mode in MODES {
        let world = World::new();
        // A changed tag, another column's value, another tenant's value, and what is no envelope.
        world.execute(&format!(
            "UPDATE accounts SET api_key = set_byte(api_key, 70, get_byte(api_key, 70) # 1)
                 WHERE tenant_id = '{a}' AND id = 1;
             UPDATE accounts SET api_key = note WHERE tenant_id = '{a}' AND id = 3;
             UPDATE accounts SET api_key = (SELECT api_key FROM accounts
                 WHERE tenant_id = '{b}' AND id = 4) WHERE tenant_id = '{a}' AND id = 4;
             UPDATE accounts SET api_key = 'plain' WHERE tenant_id = '{a}' AND id = 5;
             UPDATE accounts SET api_key = set_byte(api_key, 7, 9)
                 WHERE tenant_id = '{a}' AND id = 6;",
            a = A.0,
            b = B.0
        ));
        world.new_generation();
        let b = world.stored(B);
        let report = world
            .reencrypt(mode, Reencrypt::new(&REGISTRY).limits(small()))
            .unwrap();
        let entries: Vec<(String, Problem)> = report
            .ledger()
            .entries()
            .iter()
            .map(|entry| (entry.key.to_string(), entry.problem))
            .collect();
        let cannot = Problem::CannotOpen;
        assert_eq!(
            entries,
            [
                ("id = 1".to_owned(), cannot(EncryptionError::Tampered)),
                ("id = 3".to_owned(), cannot(EncryptionError::WrongKey)),
                ("id = 4".to_owned(), cannot(EncryptionError::WrongKey)),
                ("id = 5".to_owned(), cannot(EncryptionError::Malformed)),
                (
                    "id = 6".to_owned(),
                    cannot(EncryptionError::UnknownGeneration)
                ),
            ]
        );
        assert!(!report.is_complete());
        assert_eq!(report.tally().failed, 5);
        assert_eq!(
            report.inventory().of(generation(2)) + 5,
            report.inventory().total()
        );
        assert_eq!(world.stored(B), b);
    }
}

#[test]
fn values_bound_to_rows_need_the_ids_of_the_rows() {
    for mode in MODES {
        let world = World::new();
        world.bind_account_to_its_row(2, "bound");
        world.new_generation();
        let report = world.reencrypt(mode, Reencrypt::new(&REGISTRY)).unwrap();
        assert_eq!(report.ledger().entries()[0].problem, Problem::RowBound);
        assert_eq!(report.tally().skipped, 1);
        assert!(!report.is_complete());

        let with = |id: fn(&str) -> String| {
            Reencrypt::new(&REGISTRY).row_ids("accounts", "api_key", move |key| {
                Some(RowId::new(&id(key.get("id")?)))
            })
        };
        let wrong = world.reencrypt(mode, with(|id| format!("{id}0"))).unwrap();
        assert_eq!(
            wrong.ledger().entries()[0].problem,
            Problem::CannotOpen(EncryptionError::Tampered)
        );
        let right = world.reencrypt(mode, with(str::to_owned)).unwrap();
        assert!(right.is_complete());
        assert_eq!(right.tally().done, 1);
    }
}

#[test]
fn row_ids_of_an_undeclared_column_are_refused() {
    let world = World::new();
    let job = Reencrypt::new(&REGISTRY).row_ids("accounts", "id", |_| None);
    let error = world.reencrypt(MODES[0], job).unwrap_err();
    assert!(
        matches!(error, OperationError::NotEncrypted { .. }),
        "{error}"
    );
}

#[test]
fn without_policies_the_filter_alone_keeps_to_the_tenant() {
    for mode in MODES {
        let world = World::new();
        world.execute(
            PolicyOptions::new()
                .app_role(world.app())
                .generate(&REGISTRY)
                .down(),
        );
        world.execute(&format!(
            "GRANT SELECT, UPDATE ON ALL TABLES IN SCHEMA public, vault TO {}",
            world.app()
        ));
        world.new_generation();
        let (values, b) = (world.values(A), world.stored(B));
        let report = world
            .reencrypt(mode, Reencrypt::new(&REGISTRY).limits(small()))
            .unwrap();
        assert!(report.is_complete(), "{report}");
        assert_eq!(world.values(A), values);
        assert_eq!(world.stored(B), b);
    }
}

#[test]
fn a_generation_that_another_process_added_is_known_at_once() {
    for mode in MODES {
        let world = World::new();
        let other = crate::world::keyring(&world.store, &world.clock);
        // Known here since a moment ago, so that the lease is fresh.
        world.keyring.unlock_blocking(&A).unwrap();
        tenancy_core::encryption::wait(other.new_generation(&A)).unwrap();
        let report = world.reencrypt(mode, Reencrypt::new(&REGISTRY)).unwrap();
        assert_eq!(report.active(), generation(2));
        assert!(report.is_complete());
    }
}

#[test]
fn a_scope_in_a_transaction_is_refused() {
    let world = World::new();
    let mut scope = world.scope(A);
    let refused = scope.transaction(|conn| {
        let refused = Reencrypt::new(&REGISTRY).run_blocking(conn, &world.keyring);
        assert!(matches!(refused, Err(OperationError::InTransaction)));
        QueryResult::Ok(())
    });
    refused.unwrap();
}

#[test]
fn a_key_that_is_not_unique_is_refused() {
    let world = World::new();
    world.execute("ALTER TABLE devices DROP CONSTRAINT devices_pkey");
    let error = world
        .reencrypt(MODES[0], Reencrypt::new(&REGISTRY))
        .unwrap_err();
    assert!(
        matches!(error, OperationError::KeyNotUnique { table: "devices" }),
        "{error}"
    );
}

#[test]
fn a_missing_table_or_column_is_named() {
    let world = World::new();
    world.execute("ALTER TABLE devices RENAME COLUMN token TO other");
    let error = world
        .reencrypt(MODES[0], Reencrypt::new(&REGISTRY))
        .unwrap_err();
    assert!(
        matches!(
            error,
            OperationError::NoColumn {
                table: "devices",
                ..
            }
        ),
        "{error}"
    );
    world.execute("DROP TABLE devices");
    let error = world
        .reencrypt(MODES[0], Reencrypt::new(&REGISTRY))
        .unwrap_err();
    assert!(
        matches!(error, OperationError::NoTable { table: "devices" }),
        "{error}"
    );
}

#[test]
fn the_asynchronous_futures_can_be_spawned() {
    let world = World::new();
    world.new_generation();
    crate::world::block_on(async {
        let (mut scope, keyring) = (world.async_scope(A).await, world.keyring.clone());
        let job = async move { Reencrypt::new(&REGISTRY).run(&mut scope, &keyring).await };
        assert!(tokio::spawn(job).await.unwrap().unwrap().is_complete());
    });
}

#[test]
fn the_scope_can_be_used_afterwards() {
    let world = World::new();
    world.new_generation();
    let mut scope = world.scope(A);
    let report = Reencrypt::new(&REGISTRY)
        .run_blocking(&mut scope, &world.keyring)
        .unwrap();
    assert!(report.is_complete());
    let key: Encrypted<String> = accounts::table
        .find(1)
        .select(accounts::api_key)
        .first(&mut scope)
        .unwrap();
    assert_eq!(key.expose(), "key 1 a");
}
