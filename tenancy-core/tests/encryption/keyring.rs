use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::thread;

use tenancy_core::TenantId;
use tenancy_core::encryption::*;

use crate::support::*;

#[test]
fn ten_thousand_operations_on_64_threads_run_argon2_once() {
    let (_, store) = created();
    let keyring = keyring(&store);
    let opened: usize = thread::scope(|scope| {
        let threads: Vec<_> = (0..64)
            .map(|i| {
                let keyring = &keyring;
                scope.spawn(move || {
                    let operations = (0..10_000).skip(i).step_by(64).map(|n: i32| {
                        let column = keyring.unlock_blocking(&1).unwrap().column(&LABEL).unwrap();
                        let sealed = column.seal(&n).unwrap();
                        assert_eq!(column.open::<i32>(&sealed), Ok(n));
                    });
                    operations.count()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).sum()
    });
    assert_eq!(opened, 10_000);
    assert_eq!(keyring.argon2_runs(), 1);
    // One question for the creation, and one for all of these.
    assert_eq!(store.loads.load(Ordering::Relaxed), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn asynchronous_tasks_share_one_unlocking_too() {
    let (_, store) = created();
    let keyring = keyring(&store);
    let tasks: Vec<_> = (0..200)
        .map(|_| {
            let keyring = keyring.clone();
            tokio::spawn(async move { keyring.unlock(&1).await.unwrap().tenant().canonical() })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "1");
    }
    assert_eq!(keyring.argon2_runs(), 1);
}

#[test]
fn each_tenant_has_an_argon2_run_and_keys_of_its_own() {
    let store = TestStore::new();
    let keyring = keyring(&store);
    let sealed: Vec<_> = (1..=5)
        .map(|tenant| {
            let keys = wait(keyring.create_tenant(&tenant)).unwrap();
            keys.column(&LABEL).unwrap().seal(&tenant).unwrap()
        })
        .collect();
    assert_eq!(keyring.argon2_runs(), 5);
    for tenant in 1..=5 {
        let column = keyring
            .unlock_blocking(&tenant)
            .unwrap()
            .column(&LABEL)
            .unwrap();
        for (owner, sealed) in (1..=5).zip(&sealed) {
            let opened = column.open::<i32>(sealed);
            if owner == tenant {
                assert_eq!(opened, Ok(tenant));
            } else {
                assert_eq!(opened, Err(EncryptionError::WrongKey));
            }
        }
    }
}

#[test]
fn guessed_ids_create_nothing_and_run_nothing() {
    let store = TestStore::new();
    let keyring = keyring(&store);
    for tenant in 1..500 {
        let refused = keyring.unlock_blocking(&tenant);
        assert!(matches!(refused, Err(KeyringError::NoKeys)));
        let refused = wait(keyring.new_generation(&tenant));
        assert!(matches!(refused, Err(KeyringError::NoKeys)));
    }
    assert_eq!(keyring.argon2_runs(), 0);
    assert_eq!(wait(keyring.tenants(None, 10)).unwrap(), []);
    // A refusal is not remembered: the tenant may be created in the next moment, elsewhere.
    wait(crate::support::keyring(&store).create_tenant(&7)).unwrap();
    assert!(keyring.unlock_blocking(&7).is_ok());
}

#[test]
fn an_id_that_no_tenant_can_have_is_refused() {
    let keyring = keyring(&TestStore::new());
    assert!(matches!(
        wait(keyring.create_tenant(&0)),
        Err(KeyringError::Tenant(_))
    ));
    assert!(matches!(
        wait(keyring.create_tenant(&String::new())),
        Err(KeyringError::Tenant(_))
    ));
}

#[test]
fn an_integer_id_may_grow_from_32_to_64_bits() {
    let (keyring, _) = created();
    let sealed = keyring
        .unlock_blocking(&1i32)
        .unwrap()
        .column(&LABEL)
        .unwrap()
        .seal("s3cret");
    let column = keyring
        .unlock_blocking(&1i64)
        .unwrap()
        .column(&LABEL)
        .unwrap();
    assert_eq!(column.open::<String>(&sealed.unwrap()).unwrap(), "s3cret");
}

#[test]
fn creating_a_tenant_twice_gives_the_same_keys() {
    let (first, store) = created();
    let sealed = first
        .unlock_blocking(&1)
        .unwrap()
        .column(&LABEL)
        .unwrap()
        .seal("s3cret");
    let again = wait(keyring(&store).create_tenant(&1)).unwrap();
    let opened = again
        .column(&LABEL)
        .unwrap()
        .open::<String>(&sealed.unwrap());
    assert_eq!(opened.unwrap(), "s3cret");
    assert_eq!(store.record(1).revision, 1);
}

#[test]
fn two_processes_that_create_a_tenant_agree_on_the_keys() {
    let store = TestStore::new();
    let (slow, fast) = (keyring(&store), keyring(&store));
    let other = fast.clone();
    store.before_the_next_write(move || {
        wait(other.create_tenant(&1)).unwrap();
    });
    let slow = wait(slow.create_tenant(&1))
        .unwrap()
        .column(&LABEL)
        .unwrap();
    let fast = fast.unlock_blocking(&1).unwrap().column(&LABEL).unwrap();
    let sealed = slow.seal("s3cret").unwrap();
    assert_eq!(fast.open::<String>(&sealed).unwrap(), "s3cret");
    assert_eq!(store.record(1).revision, 1);
}

#[test]
fn many_processes_that_create_a_tenant_at_once_agree() {
    let store = TestStore::new();
    let keyrings: Vec<_> = (0..8).map(|_| keyring(&store)).collect();
    let columns: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = keyrings
            .iter()
            .map(|keyring| scope.spawn(|| wait(keyring.create_tenant(&1)).unwrap()))
            .collect();
        let keys = threads.into_iter().map(|thread| thread.join().unwrap());
        keys.map(|keys| keys.column(&LABEL).unwrap()).collect()
    });
    let sealed = columns[0].seal("s3cret").unwrap();
    for column in &columns {
        assert_eq!(column.open::<String>(&sealed).unwrap(), "s3cret");
    }
}

#[test]
fn an_unlocking_that_is_cut_off_is_taken_up_by_the_next() {
    let (_, store) = created();
    let keyring = keyring(&store);
    {
        let mut cut_off = pin!(keyring.unlock(&1));
        let mut context = Context::from_waker(Waker::noop());
        // Argon2id has been started by now and takes longer than this.
        assert!(cut_off.as_mut().poll(&mut context).is_pending());
    }
    assert!(keyring.unlock_blocking(&1).is_ok());
    assert_eq!(keyring.argon2_runs(), 1);
}

#[test]
fn a_creation_that_is_cut_off_leaves_a_tenant_that_can_be_created() {
    let store = TestStore::new();
    let keyring = keyring(&store);
    {
        let mut cut_off = pin!(keyring.create_tenant(&1));
        let mut context = Context::from_waker(Waker::noop());
        assert!(cut_off.as_mut().poll(&mut context).is_pending());
    }
    assert!(matches!(
        keyring.unlock_blocking(&1),
        Err(KeyringError::NoKeys)
    ));
    assert!(wait(keyring.create_tenant(&1)).is_ok());
}

#[test]
fn those_who_wait_for_a_failing_unlocking_share_its_failure() {
    let (_, store) = created();
    let wrong = Keyring::builder(Arc::clone(&store), other_root("2026-01")).build();
    let before = store.loads.load(Ordering::Relaxed);
    let mut waiting: Vec<_> = (0..10).map(|_| Box::pin(wrong.unlock(&1))).collect();
    for unlocking in &mut waiting {
        let mut context = Context::from_waker(Waker::noop());
        assert!(unlocking.as_mut().poll(&mut context).is_pending());
    }
    for unlocking in waiting {
        assert_eq!(encryption_error(wait(unlocking)), EncryptionError::WrongKey);
    }
    assert_eq!(store.loads.load(Ordering::Relaxed), before + 1);
    assert_eq!(wrong.argon2_runs(), 1);
    // Who comes later asks again.
    assert!(wrong.unlock_blocking(&1).is_err());
    assert_eq!(store.loads.load(Ordering::Relaxed), before + 2);
}

#[test]
fn a_panic_beside_unlocked_keys_harms_nothing() {
    let (keyring, _) = created();
    let keys = keyring.unlock_blocking(&1).unwrap();
    let held = keys.clone();
    let panic = thread::spawn(move || {
        let column = held.column(&LABEL).unwrap();
        column.seal("before").unwrap();
        panic!("in the middle of a row");
    });
    assert!(panic.join().is_err());
    let column = keys.column(&LABEL).unwrap();
    let sealed = column.seal("after").unwrap();
    assert_eq!(column.open::<String>(&sealed).unwrap(), "after");
}

#[test]
fn a_failing_store_is_an_error_with_the_store_s_own_as_its_source() {
    let (_, store) = created();
    let keyring = keyring(&store);
    store.fails.store(true, Ordering::Relaxed);
    let error = keyring.unlock_blocking(&1).unwrap_err();
    assert_eq!(error.to_string(), "the key store failed");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the network is down");
    store.fails.store(false, Ordering::Relaxed);
    assert!(keyring.unlock_blocking(&1).is_ok());
}

#[test]
fn tenants_come_in_pages() {
    let store = TestStore::new();
    let keyring = keyring(&store);
    for tenant in 1..=3 {
        wait(keyring.create_tenant(&tenant)).unwrap();
    }
    let first = wait(keyring.tenants(None, 2)).unwrap();
    assert_eq!(first, [canonical(1), canonical(2)]);
    let second = wait(keyring.tenants(first.last(), 2)).unwrap();
    assert_eq!(second, [canonical(3)]);
    // A page feeds the operations directly.
    assert!(wait(keyring.unlock(&second[0])).is_ok());
}

#[test]
fn derived_keys_need_no_store_and_separate_applications_and_tenants() {
    let root = || RootKey::passphrase("sixteen or more characters".into()).unwrap();
    let one = DerivedKeys::new_blocking("one", root()).unwrap();
    let sealed = one
        .tenant(&1)
        .unwrap()
        .column(&LABEL)
        .unwrap()
        .seal("s3cret")
        .unwrap();
    let open = |keys: &DerivedKeys, tenant: i32| {
        let column = keys.tenant(&tenant).unwrap().column(&LABEL).unwrap();
        column.open::<String>(&sealed)
    };
    let again = DerivedKeys::new_blocking("one", root()).unwrap();
    assert_eq!(open(&again, 1).unwrap(), "s3cret");
    assert_eq!(open(&again, 2), Err(EncryptionError::WrongKey));
    let other = DerivedKeys::new_blocking("other", root()).unwrap();
    assert_eq!(open(&other, 1), Err(EncryptionError::WrongKey));
    assert!(DerivedKeys::new_blocking("", root()).is_err());
}

#[test]
fn every_operation_can_be_spawned_and_a_store_can_be_chosen_at_run_time() {
    fn is_send(_: impl Future + Send) {}
    let store: Arc<dyn KeyStore> = TestStore::new();
    let keyring = Keyring::builder(store, root()).build();
    wait(keyring.create_tenant(&1)).unwrap();
    is_send(keyring.unlock(&1));
    is_send(keyring.create_tenant(&1));
    is_send(keyring.forget(&1));
    is_send(keyring.new_generation(&1));
    is_send(keyring.new_index_version(&1));
    is_send(keyring.retire_index_versions(&1));
    is_send(keyring.raise_floor(&1, generation(1)));
    is_send(keyring.rewrap(&1));
    is_send(keyring.begin_destruction(&1, generation(1)));
    is_send(keyring.shred(&1));
    is_send(keyring.tenants(None, 1));
}
