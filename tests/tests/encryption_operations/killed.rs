use std::future::poll_fn;
use std::pin::pin;
use std::process::{Command, abort};
use std::sync::Arc;
use std::task::Poll;

use diesel::{Connection, PgConnection};
use serde_json::{Value, json};
use tenancy_core::encryption::{
    CanonicalTenant, FixedKey, KeyRecord, KeyState, KeyStore, Keyring, MemoryKeyStore, RootId,
    RootKey, TenantRecord, WrappedKey, wait,
};
use tenancy_diesel::Scoped;
use tenancy_diesel::encryption::operations::{EncryptPlaintext, OperationError, Reencrypt};
use tenancy_tests::{A, B};

use crate::schema::{self, REGISTRY};
use crate::world::{MODES, World, block_on, small};

/// Polls a future so many times, and drops it if it is not ready then.
async fn cut_off<F: Future>(future: F, polls: u32) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut left = polls;
    poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(context).map(Some)
    })
    .await
}

#[test]
fn a_run_that_is_dropped_anywhere_leaves_values_that_open_and_is_finished_by_the_next() {
    let world = World::new();
    let (values, b) = (world.values(A), world.stored(B));
    let mut cut = 0;
    for polls in (1..400).step_by(13) {
        world.new_generation();
        let outcome = block_on(async {
            let mut scope = world.async_scope(A).await;
            let job = Reencrypt::new(&REGISTRY).limits(small());
            cut_off(job.run(&mut scope, &world.keyring), polls).await
        });
        cut += u32::from(outcome.is_none());
        assert_eq!(world.values(A), values, "after {polls} polls");
    }
    assert!(cut > 10, "{cut} runs were cut off");
    let report = world
        .reencrypt(MODES[1], Reencrypt::new(&REGISTRY))
        .unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(world.values(A), values);
    assert_eq!(world.stored(B), b);
}

#[test]
fn a_scope_whose_run_was_dropped_in_a_transaction_refuses_further_statements() {
    let world = World::new();
    world.new_generation();
    let mut refused = 0;
    block_on(async {
        for polls in 1..40 {
            let mut scope = world.async_scope(A).await;
            let job = Reencrypt::new(&REGISTRY);
            assert!(
                cut_off(job.run(&mut scope, &world.keyring), polls)
                    .await
                    .is_none()
            );
            let again = Reencrypt::new(&REGISTRY)
                .dry_run()
                .run(&mut scope, &world.keyring)
                .await;
            match again {
                // It was cut off between two transactions.
                Ok(report) => assert!(report.is_dry_run()),
                Err(OperationError::Database(_) | OperationError::InTransaction) => refused += 1,
                Err(error) => panic!("{error}"),
            }
        }
    });
    assert!(refused > 0);
}

#[test]
fn a_connection_that_is_lost_is_an_error_and_the_next_run_goes_on() {
    for mode in MODES {
        let world = World::new();
        let values = world.values(A);
        let total = world.remaining(mode).total();
        world.new_generation();
        let mut pages = 0;
        let job = Reencrypt::new(&REGISTRY).limits(small()).on_progress(|_| {
            pages += 1;
            if pages == 4 {
                world.texts(
                    "SELECT pg_terminate_backend(pid)::text AS text FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                );
            }
        });
        let error = world.reencrypt(mode, job).unwrap_err();
        assert!(matches!(error, OperationError::Database(_)), "{error}");
        let report = world.reencrypt(mode, Reencrypt::new(&REGISTRY)).unwrap();
        assert!(report.is_complete(), "{report}");
        assert!(report.tally().done > 0 && report.tally().done < total);
        assert_eq!(world.values(A), values);
    }
}

#[test]
fn filling_from_plaintext_goes_on_after_it_was_dropped() {
    let world = World::new();
    world.people(9);
    let job = || {
        EncryptPlaintext::<String>::new(&REGISTRY, "people", "plain_email", "email")
            .blind_index(schema::people::email_index)
            .limits(small())
    };
    for polls in (1..120).step_by(11) {
        block_on(async {
            let mut scope = world.async_scope(A).await;
            cut_off(job().run(&mut scope, &world.keyring), polls).await
        });
    }
    let report = world.encrypt(MODES[1], job()).unwrap();
    assert!(report.is_complete(), "{report}");
    assert_eq!(world.found_by_email("person-0@a.example"), ["person 0"]);
}

const CHILD: &str = "TENANCY_TESTS_ABORTED_CHILD";

/// The test runs itself in a process of its own, which aborts after some pages.
#[test]
fn a_process_that_aborts_leaves_nothing_that_the_next_does_not_finish() {
    if let Ok(orders) = std::env::var(CHILD) {
        return child(&orders.parse().unwrap());
    }
    let world = World::new();
    let (values, b) = (world.values(A), world.stored(B));
    world.new_generation();
    for pages in [1, 2, 5] {
        let record = wait(world.store.load(&CanonicalTenant::of(&A).unwrap()))
            .unwrap()
            .unwrap();
        let orders = json!({ "url": world.url(), "pages": pages, "record": to_json(&record) });
        let name = "killed::a_process_that_aborts_leaves_nothing_that_the_next_does_not_finish";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name])
            .env(CHILD, orders.to_string())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), None, "the child was not aborted");
        assert_eq!(world.values(A), values);
    }
    let before = world.remaining(MODES[0]);
    let report = world
        .reencrypt(MODES[0], Reencrypt::new(&REGISTRY))
        .unwrap();
    assert!(report.is_complete(), "{report}");
    // The children have done their pages.
    assert!(before.of(report.active()) >= 8, "{before}");
    assert_eq!(report.tally().done, before.not_of(report.active()));
    assert_eq!(world.values(A), values);
    assert_eq!(world.stored(B), b);
}

fn child(orders: &Value) {
    let store = Arc::new(MemoryKeyStore::new());
    store.overwrite(
        &CanonicalTenant::of(&A).unwrap(),
        Some(from_json(&orders["record"])),
    );
    let digits = "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef";
    let root = RootKey::from_hex(&digits.into()).unwrap();
    let keyring = Keyring::builder(store, FixedKey::new(RootId::literal("2026-01"), root)).build();
    let conn = PgConnection::establish(orders["url"].as_str().unwrap()).unwrap();
    let mut scope = Scoped::open(conn, A).unwrap();
    let mut left = orders["pages"].as_u64().unwrap();
    let job = Reencrypt::new(&REGISTRY).limits(small()).on_progress(|_| {
        left -= 1;
        if left == 0 {
            abort();
        }
    });
    let report = job.run_blocking(&mut scope, &keyring).unwrap();
    panic!("it ended before it was aborted: {report}");
}

fn to_json(record: &TenantRecord) -> Value {
    let keys = record.keys.as_ref().unwrap();
    let wrapped = |keys: &[WrappedKey]| -> Vec<Value> {
        keys.iter()
            .map(|key| json!([key.number, key.state == KeyState::Active, key.wrapped]))
            .collect()
    };
    json!({
        "revision": record.revision,
        "root": keys.root,
        "salt": keys.salt,
        "cost": [keys.memory_kib, keys.passes, keys.lanes],
        "commitment": keys.commitment,
        "floor": keys.floor,
        "lease": keys.lease_seconds,
        "format": keys.format,
        "data": wrapped(&keys.data),
        "index": wrapped(&keys.index),
    })
}

fn from_json(record: &Value) -> TenantRecord {
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    let bytes = |value: &Value| -> Vec<u8> { serde_json::from_value(value.clone()).unwrap() };
    let wrapped = |keys: &Value| -> Vec<WrappedKey> {
        let keys = keys.as_array().unwrap().iter();
        keys.map(|key| WrappedKey {
            number: number(&key[0]),
            state: match key[1].as_bool().unwrap() {
                true => KeyState::Active,
                false => KeyState::DecryptOnly,
            },
            wrapped: Some(bytes(&key[2])),
        })
        .collect()
    };
    TenantRecord {
        revision: record["revision"].as_u64().unwrap(),
        keys: Some(KeyRecord {
            format: u16::try_from(number(&record["format"])).unwrap(),
            root: record["root"].as_str().unwrap().to_owned(),
            salt: bytes(&record["salt"]).try_into().unwrap(),
            memory_kib: number(&record["cost"][0]),
            passes: number(&record["cost"][1]),
            lanes: number(&record["cost"][2]),
            commitment: bytes(&record["commitment"]).try_into().unwrap(),
            floor: number(&record["floor"]),
            lease_seconds: number(&record["lease"]),
            data: wrapped(&record["data"]),
            index: wrapped(&record["index"]),
        }),
    }
}
