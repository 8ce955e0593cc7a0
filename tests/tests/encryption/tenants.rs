//! From the creation of a tenant to its end, through pools, scopes and the key store.

use std::collections::BTreeSet;

use diesel_async::RunQueryDsl;
use tenancy_diesel::encryption::{
    Encrypted, EncryptionError, Keyring, KeyringError, Label, encryption_error,
};
use tenancy_diesel::pool::Error;
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B, OrgId};

use crate::database::{LEASE, Vault};
use crate::schema::{TenantPool, accounts};

async fn insert(pool: &TenantPool, tenant: OrgId, id: i32, key: &str) {
    let mut conn = pool.scope(tenant).await.unwrap();
    insert_into(accounts::table)
        .values((
            accounts::id.eq(id),
            accounts::name.eq("plain"),
            accounts::api_key.eq(Encrypted::new(key.to_owned())),
        ))
        .execute(&mut conn)
        .await
        .unwrap();
}

async fn keys_of(pool: &TenantPool, tenant: OrgId) -> Vec<String> {
    let mut conn = pool.scope(tenant).await.unwrap();
    let keys = accounts::table
        .order(accounts::id)
        .select(accounts::api_key);
    let keys: Vec<Encrypted<String>> = keys.load(&mut conn).await.unwrap();
    keys.into_iter().map(Encrypted::into_inner).collect()
}

fn reason(error: &KeyringError) -> Option<EncryptionError> {
    match error {
        KeyringError::Encryption(reason) => Some(*reason),
        _ => None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_writes_another_reads() {
    let vault = Vault::new();
    let (one, other) = (vault.keyring().await, vault.keyring().await);
    one.create_tenant(&A).await.unwrap();
    one.create_tenant(&B).await.unwrap();
    let (here, there) = (vault.pool(&one).await, vault.pool(&other).await);
    insert(&here, A, 1, "of a").await;
    insert(&here, B, 1, "of b").await;
    assert_eq!(keys_of(&here, A).await, ["of a"]);
    assert_eq!(keys_of(&there, A).await, ["of a"]);
    assert_eq!(keys_of(&there, B).await, ["of b"]);

    one.new_generation(&A).await.unwrap();
    insert(&here, A, 2, "of a, second generation").await;
    vault.clock.advance(LEASE);
    assert_eq!(
        keys_of(&there, A).await,
        ["of a", "of a, second generation"]
    );
    assert_eq!(
        vault.lines(
            "SELECT concat_ws(' ', get_byte(api_key, 0), octet_length(api_key) - 80, get_byte(api_key, 7))
             FROM accounts ORDER BY tenant_id, id"
        ),
        ["249 4 1", "249 23 2", "249 4 1"],
        "an envelope, the length of the plaintext, the generation"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_without_keys_gets_no_scope_and_no_rows() {
    let vault = Vault::new();
    let keyring = vault.keyring().await;
    let pool = vault.pool(&keyring).await;
    let refused = pool.scope(A).await;
    assert!(
        matches!(refused, Err(Error::Keys(KeyringError::NoKeys))),
        "{refused:?}"
    );
    assert_eq!(keyring.argon2_runs(), 0);
    assert!(
        vault
            .lines("SELECT tenant FROM tenancy.tenancy_kek")
            .is_empty()
    );
    assert!(pool.scope_without_keys(A).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn keyrings_that_create_a_tenant_at_the_same_time_agree() {
    let vault = Vault::new();
    let keyrings = [vault.keyring().await, vault.keyring().await];
    let label = Label::literal("accounts.api_key");
    let mut tasks = Vec::new();
    for i in 0..64 {
        let keyring: Keyring = keyrings[i % 2].clone();
        tasks.push(tokio::spawn(async move {
            let keys = keyring.create_tenant(&A).await.unwrap();
            let column = keys.column(&Label::literal("accounts.api_key")).unwrap();
            column.seal(&format!("value {i}")).unwrap()
        }));
    }
    let mut sealed = Vec::new();
    for task in tasks {
        sealed.push(task.await.unwrap());
    }
    let third = vault.keyring().await;
    for keyring in keyrings.iter().chain([&third]) {
        let column = keyring.unlock(&A).await.unwrap().column(&label).unwrap();
        for (i, sealed) in sealed.iter().enumerate() {
            assert_eq!(column.open::<String>(sealed).unwrap(), format!("value {i}"));
        }
    }
    assert_eq!(
        vault.lines("SELECT revision FROM tenancy.tenancy_kek"),
        ["1"]
    );
    assert_eq!(
        vault.lines(
            "SELECT concat_ws(' ', kind, number, state) FROM tenancy.tenancy_keys ORDER BY kind"
        ),
        ["data 1 active", "index 1 active"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn ten_thousand_values_on_sixty_four_tasks_run_argon2_once() {
    const TASKS: i32 = 64;
    const VALUES: i32 = 10_000;
    let vault = Vault::new();
    vault.keyring().await.create_tenant(&A).await.unwrap();
    let keyring = vault.keyring().await;
    let pool = vault.pool(&keyring).await;
    let mut tasks = Vec::new();
    for task in 0..TASKS {
        let pool = pool.clone();
        tasks.push(tokio::spawn(async move {
            let ids: Vec<i32> = (task..VALUES).step_by(TASKS as usize).collect();
            let rows: Vec<_> = ids
                .iter()
                .map(|id| {
                    (
                        accounts::id.eq(*id),
                        accounts::name.eq(format!("task {task}")),
                        accounts::api_key.eq(Encrypted::new(format!("secret {id}"))),
                    )
                })
                .collect();
            let mut conn = pool.scope(A).await.unwrap();
            insert_into(accounts::table)
                .values(rows)
                .execute(&mut conn)
                .await
                .unwrap();
            let found: Vec<(i32, Encrypted<String>)> = accounts::table
                .filter(accounts::name.eq(format!("task {task}")))
                .select((accounts::id, accounts::api_key))
                .load(&mut conn)
                .await
                .unwrap();
            for (id, key) in &found {
                assert_eq!(*key.expose(), format!("secret {id}"));
            }
            found.into_iter().map(|(id, _)| id).collect::<Vec<_>>()
        }));
    }
    let mut found = BTreeSet::new();
    for task in tasks {
        found.extend(task.await.unwrap());
    }
    assert!(found.into_iter().eq(0..VALUES));
    assert_eq!(keyring.argon2_runs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn shredding_is_seen_by_another_process_within_the_lease() {
    let vault = Vault::new();
    let (one, other) = (vault.keyring().await, vault.keyring().await);
    one.create_tenant(&A).await.unwrap();
    let (here, there) = (vault.pool(&one).await, vault.pool(&other).await);
    insert(&here, A, 1, "gone soon").await;
    let mut open_before = there.scope(A).await.unwrap();

    let receipt = one.shred(&A).await.unwrap();
    assert_eq!(receipt.generations, [1]);
    assert_eq!(receipt.effective_within, LEASE);
    for copy in ["write-ahead log", "VACUUM FULL", "replicas", "backups"] {
        assert!(receipt.to_string().contains(copy), "{receipt}");
    }
    assert!(matches!(
        here.scope(A).await,
        Err(Error::Keys(KeyringError::Encryption(
            EncryptionError::TenantShredded
        )))
    ));

    let inside: QueryResult<()> = here.with_scope(A, async |_| Ok(())).await;
    assert_eq!(
        encryption_error(&inside.unwrap_err()),
        Some(EncryptionError::TenantShredded)
    );

    // The other process asks again in the second half of its lease at the latest.
    vault.clock.advance(LEASE / 2);
    let keys = accounts::table.select(accounts::api_key);
    assert!(
        keys.load::<Encrypted<String>>(&mut open_before)
            .await
            .is_ok()
    );
    let refused = there.scope(A).await.unwrap_err();
    assert!(
        matches!(&refused, Error::Keys(error) if reason(error) == Some(EncryptionError::TenantShredded)),
        "{refused:?}"
    );
    // What it had opened before is over at once.
    let error = keys.load::<Encrypted<String>>(&mut open_before).await;
    assert_eq!(
        encryption_error(&error.unwrap_err()),
        Some(EncryptionError::TenantShredded)
    );
    // The name stays, so that no keys are created again.
    assert_eq!(
        vault.lines(
            "SELECT concat_ws(' ', tenant, revision, shredded_at IS NOT NULL, salt)
             FROM tenancy.tenancy_kek"
        ),
        [format!("{} 2 t", A.0)]
    );
    assert!(
        vault
            .lines("SELECT kind FROM tenancy.tenancy_keys")
            .is_empty()
    );
    let again = vault.keyring().await.create_tenant(&A).await;
    assert_eq!(
        reason(&again.unwrap_err()),
        Some(EncryptionError::TenantShredded)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_does_not_ask_stops_at_the_end_of_its_lease() {
    let vault = Vault::new();
    let (one, other) = (vault.keyring().await, vault.keyring().await);
    one.create_tenant(&A).await.unwrap();
    insert(&vault.pool(&one).await, A, 1, "gone soon").await;
    let mut conn = vault.async_scope(&other, A).await;
    let _ = one.shred(&A).await.unwrap();
    let keys = accounts::table.select(accounts::api_key);
    assert!(keys.load::<Encrypted<String>>(&mut conn).await.is_ok());
    vault.clock.advance(LEASE);
    let error = keys.load::<Encrypted<String>>(&mut conn).await.unwrap_err();
    assert_eq!(encryption_error(&error), Some(EncryptionError::NotUnlocked));
}

#[tokio::test(flavor = "multi_thread")]
async fn unlocked_tenants_go_on_while_the_key_store_is_away() {
    let vault = Vault::new();
    let keyring = vault.keyring().await;
    keyring.create_tenant(&A).await.unwrap();
    let pool = vault.pool(&keyring).await;
    insert(&pool, A, 1, "still there").await;
    vault.sql("ALTER SCHEMA tenancy RENAME TO away");
    vault.clock.advance(LEASE / 2);
    assert_eq!(keys_of(&pool, A).await, ["still there"]);
    let new = pool.scope(B).await;
    assert!(
        matches!(new, Err(Error::Keys(KeyringError::Store(_)))),
        "{new:?}"
    );
    vault.clock.advance(LEASE / 2);
    let over = pool.scope(A).await;
    assert!(
        matches!(over, Err(Error::Keys(KeyringError::Store(_)))),
        "{over:?}"
    );
    vault.sql("ALTER SCHEMA away RENAME TO tenancy");
    assert_eq!(keys_of(&pool, A).await, ["still there"]);
}

#[test]
fn a_synchronous_program_reads_what_an_asynchronous_one_wrote() {
    use diesel::RunQueryDsl;
    let vault = Vault::new();
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let keyring = vault.keyring().await;
        keyring.create_tenant(&A).await.unwrap();
        insert(&vault.pool(&keyring).await, A, 1, "from afar").await;
    });
    let keyring = vault.blocking_keyring();
    let mut conn = vault.scope(&keyring, A);
    let keys = accounts::table.select(accounts::api_key);
    let found: Vec<Encrypted<String>> = RunQueryDsl::load(keys, &mut conn).unwrap();
    assert_eq!(found[0].expose(), "from afar");
    drop(conn);

    let mut conn = vault.scope_without_keys(A);
    let error = RunQueryDsl::load::<Encrypted<String>>(keys, &mut conn).unwrap_err();
    assert_eq!(encryption_error(&error), Some(EncryptionError::NotUnlocked));
    let names: Vec<String> =
        RunQueryDsl::load(accounts::table.select(accounts::name), &mut conn).unwrap();
    assert_eq!(names, ["plain"]);

    let pool = tenancy_tests::pools::raw_r2d2(&vault.url(), 2);
    let pool = TenantPool::<tenancy_diesel::r2d2::Pool>::builder(pool).keys(keyring);
    let pool = pool.build().unwrap();
    let found: QueryResult<Vec<Encrypted<String>>> =
        pool.with_scope(A, |conn| RunQueryDsl::load(keys, conn));
    assert_eq!(found.unwrap()[0].expose(), "from afar");
    assert!(
        matches!(pool.scope(B), Err(Error::Keys(_))),
        "B has no keys"
    );
    let mut conn = pool.scope_without_keys(B).unwrap();
    let rows: i64 = RunQueryDsl::get_result(accounts::table.count(), &mut conn).unwrap();
    assert_eq!(rows, 0);
}
