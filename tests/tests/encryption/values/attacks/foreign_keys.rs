//! Keys that are missing, or another tenant's.

use tenancy_diesel::ScopeError;
use tenancy_diesel::encryption::{Encrypted, EncryptionError};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::super::desk::{Desk, reason, sealed};
use super::super::schema::letters;

#[tokio::test]
async fn keys_of_another_tenant_make_no_scope() {
    let desk = Desk::new();
    desk.write(A, 1, "of a");
    let keys = desk.keyring.unlock(&B).await.unwrap();
    let scope = desk.vault.scope_without_keys(A).with_keys(keys.clone());
    assert_eq!(scope.err(), Some(ScopeError::ForeignKeys));
    let scope = desk
        .vault
        .async_scope_without_keys(A)
        .await
        .with_keys(keys.clone());
    assert_eq!(scope.err(), Some(ScopeError::ForeignKeys));
    // A scope that has its own does not change them either.
    let scope = desk.scope(A).with_keys(keys);
    assert_eq!(scope.err(), Some(ScopeError::ForeignKeys));
    assert_eq!(desk.read(A, 1), Ok("of a".to_owned()));
}

#[tokio::test]
async fn a_scope_without_keys_neither_seals_nor_opens() {
    let desk = Desk::new();
    desk.write(A, 1, "of a");
    let insert = |id: i32| {
        insert_into(letters::table)
            .values((letters::id.eq(id), letters::body.eq(sealed("unsealed"))))
    };
    let bodies = letters::table.select(letters::body);
    let conn = &mut desk.vault.scope_without_keys(A);
    assert_eq!(
        reason(insert(2).execute(conn)),
        EncryptionError::NotUnlocked
    );
    assert_eq!(
        reason(bodies.load::<Encrypted<String>>(conn)),
        EncryptionError::NotUnlocked
    );
    // The rest of the row is there, and so is the question whether there is a value.
    let plain: Vec<(i32, String)> = letters::table
        .filter(letters::note.is_null())
        .select((letters::id, letters::topic))
        .load(conn)
        .unwrap();
    assert_eq!(plain, [(1, String::new())]);

    let conn = &mut desk.vault.async_scope_without_keys(A).await;
    let inserted = diesel_async::RunQueryDsl::execute(insert(2), conn).await;
    assert_eq!(reason(inserted), EncryptionError::NotUnlocked);
    let loaded = diesel_async::RunQueryDsl::load::<Encrypted<String>>(bodies, conn).await;
    assert_eq!(reason(loaded), EncryptionError::NotUnlocked);
    assert_eq!(desk.letters(A).len(), 1, "nothing was sent");
}

/// Refused statements leave the connection as it was.
#[tokio::test]
async fn after_a_value_that_was_not_sealed_the_scope_goes_on() {
    let desk = Desk::new();
    let insert = || {
        insert_into(letters::table)
            .values((letters::id.eq(1), letters::body.eq(sealed("unsealed"))))
    };
    let keys = desk.keyring.unlock(&A).await.unwrap();
    let mut conn = desk.vault.async_scope_without_keys(A).await;
    for _ in 0..2 {
        let inserted = diesel_async::RunQueryDsl::execute(insert(), &mut conn).await;
        assert_eq!(reason(inserted), EncryptionError::NotUnlocked);
    }
    let mut conn = conn.with_keys(keys.clone()).unwrap();
    let inserted = diesel_async::RunQueryDsl::execute(insert(), &mut conn).await;
    assert_eq!(inserted, Ok(1));

    let mut conn = desk.vault.scope_without_keys(B);
    assert_eq!(
        reason(insert().execute(&mut conn)),
        EncryptionError::NotUnlocked
    );
    let keys = desk.keyring.unlock(&B).await.unwrap();
    let mut conn = conn.with_keys(keys).unwrap();
    assert_eq!(insert().execute(&mut conn), Ok(1));
    assert_eq!(desk.read(A, 1), Ok("unsealed".to_owned()));
}

/// A statement holds values, never ciphertext: it is sealed by whoever runs it, each time.
#[tokio::test]
async fn a_query_value_runs_under_the_keys_of_one_tenant_after_the_other() {
    let desk = Desk::new();
    let insert = insert_into(letters::table)
        .values((letters::id.eq(1), letters::body.eq(sealed("the same"))));
    let amend = update(letters::table.find(1)).set(letters::note.eq(sealed("the same")));
    let bodies = letters::table.select((letters::body, letters::note));
    for tenant in [A, B] {
        let conn = &mut desk.scope(tenant);
        assert_eq!(insert.clone().execute(conn), Ok(1));
        let conn = &mut desk.async_scope(tenant).await;
        let amended = diesel_async::RunQueryDsl::execute(amend.clone(), conn).await;
        assert_eq!(amended, Ok(1));
    }
    for tenant in [A, B, A] {
        let conn = &mut desk.async_scope(tenant).await;
        let found: Vec<(Encrypted<String>, Option<Encrypted<String>>)> =
            diesel_async::RunQueryDsl::load(bodies, conn).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].0.expose(), "the same");
        assert_eq!(found[0].1.as_ref().unwrap().expose(), "the same");
    }
    assert_eq!(
        desk.vault
            .lines("SELECT count(DISTINCT substr(body, 9, 32)) FROM letters"),
        ["2"],
        "under two keys"
    );
}
