//! Scopes and rows that outlive the keys.

use diesel::pg::PgRowByRowLoadingMode;
use diesel_async::RunQueryDsl as _;
use futures_util::StreamExt;
use tenancy_diesel::encryption::{Encrypted, EncryptionError, wait};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::super::desk::{Desk, reason, sealed};
use super::super::schema::letters;
use crate::database::LEASE;

use EncryptionError::{NotUnlocked, TenantShredded};

fn desk() -> Desk {
    let desk = Desk::new();
    for tenant in [A, B] {
        let rows = (0..300).map(|id| (id, sealed("body")));
        let load = insert_into(letters::table).unnest((letters::id, letters::body), rows);
        assert_eq!(RunQueryDsl::execute(load, &mut desk.scope(tenant)), Ok(300));
    }
    desk
}

/// The scope is open, its statements are prepared, its keys derived: none of it helps.
#[tokio::test]
async fn a_warm_scope_of_a_shredded_tenant_neither_opens_nor_seals() {
    let desk = desk();
    let (sync, asynchronous) = (&mut desk.scope(A), &mut desk.async_scope(A).await);
    let body = letters::table.find(1).select(letters::body);
    let insert = || {
        insert_into(letters::table).values((letters::id.eq(999), letters::body.eq(sealed("new"))))
    };
    for _ in 0..2 {
        let found: Encrypted<String> = RunQueryDsl::first(body, sync).unwrap();
        assert_eq!(found.expose(), "body");
        let found: Encrypted<String> = diesel_async::RunQueryDsl::first(body, asynchronous)
            .await
            .unwrap();
        assert_eq!(found.expose(), "body");
    }
    let _receipt = desk.keyring.shred(&A).await.unwrap();
    assert_eq!(
        reason(RunQueryDsl::first::<Encrypted<String>>(body, sync)),
        TenantShredded
    );
    assert_eq!(reason(RunQueryDsl::execute(insert(), sync)), TenantShredded);
    let found = diesel_async::RunQueryDsl::first::<Encrypted<String>>(body, asynchronous).await;
    assert_eq!(reason(found), TenantShredded);
    let inserted = diesel_async::RunQueryDsl::execute(insert(), asynchronous).await;
    assert_eq!(reason(inserted), TenantShredded);
    let rows: i64 = RunQueryDsl::get_result(letters::table.count(), sync).unwrap();
    assert_eq!(rows, 300, "the rows are there, and dark");
    assert_eq!(desk.read(B, 1), Ok("body".to_owned()));
}

#[tokio::test]
async fn a_result_that_is_being_read_ends_where_its_tenant_is_shredded() {
    let desk = desk();
    let bodies = || letters::table.order(letters::id).select(letters::body);
    let keyring = &desk.keyring;
    let conn = &mut desk.async_scope(A).await;
    let mut rows = bodies()
        .load_stream::<Encrypted<String>>(conn)
        .await
        .unwrap();
    let first = rows.next().await.unwrap().unwrap();
    assert_eq!(first.expose(), "body");

    let sync = &mut desk.scope(A);
    sync.transaction(|conn| {
        let mut rows = bodies().load_iter::<Encrypted<String>, PgRowByRowLoadingMode>(conn)?;
        assert_eq!(rows.next().unwrap()?.expose(), "body");
        let _receipt = wait(keyring.shred(&A)).unwrap();
        assert!(rows.all(|row| reason(row) == TenantShredded));
        QueryResult::Ok(())
    })
    .unwrap();
    let rest: Vec<_> = rows.map(reason).collect().await;
    assert_eq!(rest, [TenantShredded; 299]);
}

/// Another process has shredded the tenant, or the key store does not answer: this one cannot know, so
/// its keys are good for a lease and no longer.
#[test]
fn a_scope_that_outlives_its_lease_is_locked_until_the_keys_are_confirmed() {
    let desk = desk();
    let conn = &mut desk.scope(A);
    let body = letters::table.find(1).select(letters::body);
    desk.vault
        .clock
        .advance(LEASE - std::time::Duration::from_nanos(1));
    assert!(RunQueryDsl::first::<Encrypted<String>>(body, conn).is_ok());
    desk.vault.clock.advance(std::time::Duration::from_nanos(1));
    assert_eq!(
        reason(RunQueryDsl::first::<Encrypted<String>>(body, conn)),
        NotUnlocked
    );
    let write = update(letters::table.find(1)).set(letters::body.eq(sealed("late")));
    assert_eq!(reason(RunQueryDsl::execute(write, conn)), NotUnlocked);
    desk.keyring.unlock_blocking(&A).unwrap();
    assert!(
        RunQueryDsl::first::<Encrypted<String>>(body, conn).is_ok(),
        "the same scope"
    );
}
