//! What a key store promises, kept by both forms; and how PostgreSQL is used for it.

use std::error::Error;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tenancy_diesel::encryption::{
    CanonicalTenant, KeyRecord, KeyState, KeyStore, KeyStoreError, PgKeyStore, StoreError,
    TenantRecord, WrappedKey, Written,
};
use tenancy_tests::A;

use crate::database::{Vault, lines};

fn tenant(name: &str) -> CanonicalTenant {
    CanonicalTenant::from_text(name).unwrap()
}

fn key(number: u32, state: KeyState) -> WrappedKey {
    WrappedKey {
        number,
        state,
        wrapped: (state != KeyState::Shredded).then(|| vec![number as u8; 72]),
    }
}

/// A record of the right form, with the largest numbers there are.
fn record(revision: u64) -> TenantRecord {
    TenantRecord {
        revision,
        keys: Some(KeyRecord {
            format: u16::MAX,
            root: "tests".to_owned(),
            salt: [0xa7; 32],
            memory_kib: u32::MAX,
            passes: 2,
            lanes: 1,
            commitment: [0xc0; 32],
            floor: 2,
            lease_seconds: 60,
            data: vec![
                key(1, KeyState::Shredded),
                key(2, KeyState::DecryptOnly),
                key(10, KeyState::Active),
            ],
            index: vec![key(u32::MAX, KeyState::Active)],
        }),
    }
}

fn shredded(revision: u64) -> TenantRecord {
    TenantRecord {
        revision,
        keys: None,
    }
}

/// Everything that the error and its sources say.
fn texts(error: &StoreError) -> String {
    let first: &(dyn Error + 'static) = &**error;
    std::iter::successors(Some(first), |&error| error.source())
        .map(|error| format!("{error} {error:?} "))
        .collect()
}

async fn keeps_its_promises(store: &dyn KeyStore) {
    let one = &tenant("one");
    assert_eq!(store.load(one).await.unwrap(), None);
    let absent = store.replace(one, 1, &record(2)).await.unwrap();
    assert_eq!(absent, Written::Conflict);
    assert_eq!(store.load(one).await.unwrap(), None);

    assert_eq!(store.create(one, &record(1)).await.unwrap(), Written::Done);
    assert_eq!(store.load(one).await.unwrap(), Some(record(1)));
    let second = store.create(one, &record(9)).await.unwrap();
    assert_eq!(second, Written::Conflict);
    assert_eq!(store.load(one).await.unwrap(), Some(record(1)));

    // What the new record leaves out is gone.
    let mut smaller = record(2);
    if let Some(keys) = &mut smaller.keys {
        keys.data.truncate(1);
        keys.salt = [1; 32];
    }
    let replaced = store.replace(one, 1, &smaller).await.unwrap();
    assert_eq!(replaced, Written::Done);
    assert_eq!(store.load(one).await.unwrap(), Some(smaller.clone()));
    let stale = store.replace(one, 1, &record(2)).await.unwrap();
    assert_eq!(stale, Written::Conflict);
    assert_eq!(store.load(one).await.unwrap(), Some(smaller));

    let gone = store.replace(one, 2, &shredded(3)).await.unwrap();
    assert_eq!(gone, Written::Done);
    assert_eq!(store.load(one).await.unwrap(), Some(shredded(3)));
    let again = store.create(one, &record(1)).await.unwrap();
    assert_eq!(again, Written::Conflict);

    let names = ["two", "Two", "zwei", "ähnlich", "two 2"].map(tenant);
    for name in &names {
        let created = store.create(name, &record(1)).await.unwrap();
        assert_eq!(created, Written::Done);
    }
    let mut all = Vec::new();
    loop {
        let page = store.tenants(all.last(), 4).await.unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 4);
        all.extend(page);
    }
    let mut expected: Vec<_> = names.into_iter().chain([one.clone()]).collect();
    expected.sort();
    assert_eq!(all, expected);
    assert_eq!(store.tenants(None, 0).await.unwrap(), []);
    assert_eq!(store.tenants(None, usize::MAX).await.unwrap(), expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_asynchronous_store_keeps_its_promises() {
    keeps_its_promises(&Vault::new().key_store().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_blocking_store_keeps_its_promises() {
    let vault = Vault::new();
    let store = tokio::task::block_in_place(|| vault.blocking_key_store());
    keeps_its_promises(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_writers_at_once_one_is_done() {
    let vault = Vault::new();
    let pool = vault.key_pool(vault.keys_role(), 8).await;
    let store = PgKeyStore::builder(pool, vault.app_role());
    let store = store.build().await.unwrap();
    for revision in 0..4 {
        let mut tasks = Vec::new();
        for writer in 0..16u8 {
            let store = store.clone();
            tasks.push(tokio::spawn(async move {
                let mut mine = record(revision + 1);
                if let Some(keys) = &mut mine.keys {
                    keys.salt = [writer; 32];
                }
                let tenant = tenant("contended");
                let written = match revision {
                    0 => store.create(&tenant, &mine).await.unwrap(),
                    _ => store.replace(&tenant, revision, &mine).await.unwrap(),
                };
                (written, mine)
            }));
        }
        let mut done = Vec::new();
        for task in tasks {
            let (written, mine) = task.await.unwrap();
            if written == Written::Done {
                done.push(mine);
            }
        }
        assert_eq!(done.len(), 1);
        assert_eq!(store.load(&tenant("contended")).await.unwrap(), done.pop());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_settings_of_the_role_weaken_no_transaction() {
    let vault = Vault::new();
    vault.sql(
        "CREATE TABLE seen (id serial, settings text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
         BEGIN
             INSERT INTO public.seen (settings) VALUES (concat_ws(' ',
                 current_setting('synchronous_commit'), current_setting('transaction_isolation'),
                 current_setting('statement_timeout'), current_setting('lock_timeout')));
             RETURN new;
         END $$;
         CREATE TRIGGER note BEFORE INSERT OR UPDATE ON tenancy.tenancy_kek
             FOR EACH ROW EXECUTE FUNCTION note()",
    );
    let role = vault.keys_role();
    let set = |setting: &str| {
        vault.sql(&format!(
            "ALTER ROLE {role} IN DATABASE {} SET {setting}",
            vault.name()
        ));
    };
    for setting in [
        "synchronous_commit = off",
        "default_transaction_isolation = 'serializable'",
        "default_transaction_read_only = on",
        "statement_timeout = 0",
    ] {
        set(setting);
    }
    let store = vault.key_store().await;
    let created = store.create(&tenant("one"), &record(1)).await.unwrap();
    assert_eq!(created, Written::Done);
    set("synchronous_commit = remote_apply");
    let store = vault.key_store().await;
    let replaced = store.replace(&tenant("one"), 1, &record(2)).await.unwrap();
    assert_eq!(replaced, Written::Done);
    assert_eq!(
        vault.lines("SELECT settings FROM seen ORDER BY id"),
        [
            "on read committed 5s 5s",
            "remote_apply read committed 5s 5s"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_stays_in_the_session() {
    #[derive(Debug, PartialEq, QueryableByName)]
    struct Session {
        #[diesel(sql_type = Text)]
        settings: String,
        #[diesel(sql_type = Text)]
        prepared: String,
    }
    const SESSION: &str = "SELECT concat_ws(' ', current_setting('statement_timeout'),
            current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'),
            current_setting('synchronous_commit')) AS settings,
        (SELECT coalesce(string_agg(statement, '; '), '') FROM pg_prepared_statements
         WHERE statement NOT LIKE '%AS settings%') AS prepared";
    let vault = Vault::new();
    let pool = vault.key_pool(vault.keys_role(), 1).await;
    let store = PgKeyStore::builder(pool.clone(), vault.app_role());
    let store = store.build().await.unwrap();
    let _ = store.create(&tenant("one"), &record(1)).await.unwrap();
    let _ = store.replace(&tenant("one"), 1, &record(2)).await.unwrap();
    let _ = store.replace(&tenant("one"), 1, &record(2)).await.unwrap();
    store.load(&tenant("one")).await.unwrap();
    store.tenants(None, 10).await.unwrap();
    let mut conn = pool.get().await.unwrap();
    let session: Session =
        diesel_async::RunQueryDsl::get_result(diesel::sql_query(SESSION), &mut *conn)
            .await
            .unwrap();
    let fresh = diesel::sql_query(SESSION).get_result(&mut vault.keys());
    assert_eq!(Ok(session), fresh);
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_tell_neither_a_key_nor_a_tenant() {
    let vault = Vault::new();
    let store = vault.key_store().await;
    let name = &tenant("acme-of-all-tenants");
    let mut failures = Vec::new();

    let mut nonsense = record(1);
    if let Some(keys) = &mut nonsense.keys {
        keys.root.clear();
    }
    failures.push(store.create(name, &nonsense).await.unwrap_err());
    let mut two_active = record(1);
    if let Some(keys) = &mut two_active.keys {
        keys.data[1].state = KeyState::Active;
    }
    failures.push(store.create(name, &two_active).await.unwrap_err());
    assert_eq!(
        store.load(name).await.unwrap(),
        None,
        "nothing is half done"
    );
    failures.push(store.create(name, &record(u64::MAX)).await.unwrap_err());

    let _ = store.create(name, &record(1)).await.unwrap();
    let mut holder = vault.superuser();
    holder
        .batch_execute("BEGIN; SELECT FROM tenancy.tenancy_kek FOR UPDATE")
        .unwrap();
    let pool = vault.key_pool(vault.keys_role(), 1).await;
    let hasty = PgKeyStore::builder(pool, vault.app_role()).timeout(Duration::from_secs(1));
    let hasty = hasty.build().await.unwrap();
    failures.push(hasty.replace(name, 1, &record(2)).await.unwrap_err());
    holder.batch_execute("ROLLBACK").unwrap();

    vault.sql(
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE '% must not be changed', old.tenant; END $$;
         CREATE TRIGGER tell BEFORE UPDATE ON tenancy.tenancy_kek
             FOR EACH ROW EXECUTE FUNCTION tell()",
    );
    failures.push(store.replace(name, 1, &record(2)).await.unwrap_err());
    vault.sql("ALTER TABLE tenancy.tenancy_kek RENAME TO away");
    failures.push(store.load(name).await.unwrap_err());

    let secrets = ["acme", "a7a7", "c0c0", "0a0a", "0202", "167", "192"];
    let all: Vec<_> = failures.iter().map(texts).collect();
    for text in &all {
        assert!(
            secrets.iter().all(|secret| !text.contains(secret)),
            "{text}"
        );
    }
    assert!(all[0].contains("violates check constraint"), "{}", all[0]);
    assert!(all[1].contains("tenancy_keys_one_active"), "{}", all[1]);
    assert!(matches!(
        failures[2].downcast_ref(),
        Some(KeyStoreError::Malformed)
    ));
    assert!(all[3].contains("timeout"), "{}", all[3]);
    assert!(all[4].contains("(left out)"), "{}", all[4]);
    assert!(all[5].contains("does not exist"), "{}", all[5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_off_change_has_not_happened_and_its_connection_is_discarded() {
    let vault = Vault::new();
    let pool = vault.key_pool(vault.keys_role(), 1).await;
    let store = PgKeyStore::builder(pool, vault.app_role());
    let store = store.build().await.unwrap();
    let name = tenant("one");
    let _ = store.create(&name, &record(1)).await.unwrap();
    let mut holder = vault.superuser();
    holder
        .batch_execute("BEGIN; SELECT FROM tenancy.tenancy_kek FOR UPDATE")
        .unwrap();
    let waiting = async {
        let mut observer = vault.superuser();
        let query = "SELECT pid FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while lines(&mut observer, query).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    let second = record(2);
    tokio::select! {
        _ = store.replace(&name, 1, &second) => panic!("the row is locked"),
        () = waiting => {}
    }
    holder.batch_execute("ROLLBACK").unwrap();
    assert_eq!(store.load(&name).await.unwrap(), Some(record(1)));
    let replaced = store.replace(&name, 1, &second).await.unwrap();
    assert_eq!(replaced, Written::Done);
}

/// Why receipts name the files of the tables. VACUUM keeps what any transaction could still see, also
/// one that is only starting in another database.
#[tokio::test(flavor = "multi_thread")]
async fn shredded_keys_leave_the_files_with_vacuum_full() {
    let vault = Vault::alone();
    let keyring = vault.keyring().await;
    keyring.create_tenant(&A).await.unwrap();
    let needles = vault.lines(
        "SELECT encode(wrapped, 'hex') FROM tenancy.tenancy_keys
         UNION ALL SELECT encode(salt, 'hex') FROM tenancy.tenancy_kek",
    );
    assert_eq!(needles.len(), 3);
    let found = || {
        vault.sql("CHECKPOINT");
        let count = |needle: &String| {
            vault.lines(&format!(
                "SELECT count(*) FROM (VALUES ('tenancy.tenancy_kek'), ('tenancy.tenancy_keys')) AS t (name)
                 WHERE position(decode('{needle}', 'hex')
                     IN pg_read_binary_file(pg_relation_filepath(name))) > 0"
            ))
        };
        needles.iter().flat_map(count).collect::<Vec<_>>()
    };
    assert_eq!(found(), ["1", "1", "1"]);
    let _ = keyring.shred(&A).await.unwrap();
    assert_eq!(found(), ["1", "1", "1"]);
    vault.sql("VACUUM FULL tenancy.tenancy_keys");
    vault.sql("VACUUM FULL tenancy.tenancy_kek");
    assert_eq!(found(), ["0", "0", "0"]);
}
