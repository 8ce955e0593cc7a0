use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

use diesel::connection::SimpleConnection;
use tenancy_diesel::encryption::operations::{Problem, Reencrypt};
use tenancy_diesel::encryption::{Encrypted, RowBound, RowId};
use tenancy_diesel::prelude::*;
use tenancy_tests::A;

use crate::schema::{REGISTRY, accounts};
use crate::world::{MODES, ROWS, World, small};

/// Stops the writer, also when the test fails.
struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[test]
fn writers_lose_nothing_while_values_are_sealed_anew() {
    for mode in MODES {
        let world = World::new();
        let stop = AtomicBool::new(false);
        let (begun, wait_for_writer) = mpsc::channel();
        let last = thread::scope(|threads| {
            let writer = threads.spawn(|| {
                let mut conn = world.scope(A);
                let mut last = HashMap::new();
                let mut n = 0;
                while !stop.load(Ordering::Relaxed) {
                    // From the last row to the first, in one transaction: against the order of the pages.
                    let written = conn.transaction(|conn| {
                        let mut written = Vec::new();
                        for id in (1..=ROWS).rev() {
                            n += 1;
                            let value = format!("written {n}");
                            update(accounts::table.find(id))
                                .set(accounts::api_key.eq(Encrypted::new(value.clone())))
                                .execute(conn)?;
                            written.push((id, value));
                        }
                        QueryResult::Ok(written)
                    });
                    last.extend(written.unwrap());
                    begun.send(()).ok();
                }
                last
            });
            let stopping = Stop(&stop);
            wait_for_writer.recv().unwrap();
            for _ in 0..5 {
                world.new_generation();
                let report = world.reencrypt(mode, Reencrypt::new(&REGISTRY).limits(small()));
                assert_eq!(report.unwrap().tally().failed, 0);
                // The writer writes in between.
                wait_for_writer.recv().unwrap();
            }
            drop(stopping);
            writer.join().unwrap()
        });
        let report = world.reencrypt(mode, Reencrypt::new(&REGISTRY)).unwrap();
        assert!(report.is_complete(), "{report}");
        let rows: Vec<(i32, Encrypted<String>)> = accounts::table
            .select((accounts::id, accounts::api_key))
            .load(&mut world.scope(A))
            .unwrap();
        let found: HashMap<_, _> = rows
            .into_iter()
            .map(|(id, key)| (id, key.into_inner()))
            .collect();
        assert_eq!(found, last);
    }
}

#[test]
fn a_row_that_somebody_holds_is_passed_by_and_listed() {
    for mode in MODES {
        let world = World::new();
        world.new_generation();
        let mut holder = world.superuser();
        holder
            .batch_execute("BEGIN; SELECT FROM accounts WHERE id = 2 FOR UPDATE")
            .unwrap();
        let report = world
            .reencrypt(mode, Reencrypt::new(&REGISTRY).limits(small()))
            .unwrap();
        let entries = report.ledger().entries();
        assert_eq!(entries.len(), 1);
        assert_eq!(
            (entries[0].table, entries[0].problem),
            ("accounts", Problem::Busy)
        );
        assert_eq!(entries[0].key.to_string(), "id = 2");
        assert_eq!(report.inventory().not_of(report.active()), 1);
        assert!(!report.is_complete());
        holder.batch_execute("COMMIT").unwrap();
        assert!(
            world
                .reencrypt(mode, Reencrypt::new(&REGISTRY))
                .unwrap()
                .is_complete()
        );
    }
}

#[test]
fn a_value_that_changes_between_read_and_exchange_stays_as_it_was_written() {
    for mode in MODES {
        let world = World::new();
        world.bind_account_to_its_row(2, "read");
        world.new_generation();
        // The id of the row is asked for after the value was read and before it is exchanged.
        let written = AtomicBool::new(false);
        let job = Reencrypt::new(&REGISTRY).row_ids("accounts", "api_key", |key| {
            if !written.swap(true, Ordering::Relaxed) {
                world.bind_account_to_its_row(2, "written");
            }
            Some(RowId::new(key.get("id")?))
        });
        let report = world.reencrypt(mode, job).unwrap();
        assert!(report.is_complete(), "{report}");
        let stored: RowBound<String> = accounts::table
            .find(2)
            .select(accounts::api_key)
            .first(&mut world.scope(A))
            .unwrap();
        assert_eq!(stored.open(&RowId::new("2")), Ok("written".to_owned()));
    }
}

#[test]
fn a_row_that_is_deleted_meanwhile_is_no_problem() {
    for mode in MODES {
        let world = World::new();
        world.bind_account_to_its_row(2, "read");
        world.new_generation();
        let job = Reencrypt::new(&REGISTRY).row_ids("accounts", "api_key", |key| {
            delete(accounts::table.find(2))
                .execute(&mut world.scope(A))
                .unwrap();
            Some(RowId::new(key.get("id")?))
        });
        let report = world.reencrypt(mode, job).unwrap();
        assert!(report.is_complete(), "{report}");
        assert_eq!(report.ledger().len(), 0);
    }
}
