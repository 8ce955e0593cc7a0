//! Values that are bound to their row.

use tenancy_diesel::encryption::{Encrypted, EncryptionError, RowBound, RowId};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B, OrgId};

use super::super::desk::{Desk, reason, sealed};
use super::super::schema::letters;

fn row(id: i32) -> RowId {
    RowId::new(&id.to_string())
}

fn bound(id: i32, text: &str) -> RowBound<String> {
    RowBound::seal(row(id), text.to_owned())
}

fn write(desk: &Desk, tenant: OrgId, ids: &[i32]) {
    let rows: Vec<_> = ids
        .iter()
        .map(|&id| {
            (
                letters::id.eq(id),
                letters::body.eq(bound(id, &format!("body {id}"))),
                letters::note.eq(Some(bound(id, "note"))),
            )
        })
        .collect();
    let written = insert_into(letters::table)
        .values(rows)
        .execute(&mut desk.scope(tenant));
    assert_eq!(written, Ok(ids.len()));
}

type Both = (RowBound<String>, Option<RowBound<String>>);

fn load(desk: &Desk, tenant: OrgId, id: i32) -> Both {
    letters::table
        .find(id)
        .select((letters::body, letters::note))
        .first(&mut desk.scope(tenant))
        .unwrap()
}

#[tokio::test]
async fn a_value_opens_for_its_row_alone() {
    let desk = Desk::new();
    write(&desk, A, &[1, 2]);
    let (body, note) = load(&desk, A, 1);
    assert_eq!(body.open(&row(1)).unwrap(), "body 1");
    assert_eq!(note.unwrap().open(&row(1)).unwrap(), "note");
    assert_eq!(body.open(&row(2)), Err(EncryptionError::Tampered));
    assert_eq!(body.open(&RowId::new("")), Err(EncryptionError::Tampered));

    let bodies = letters::table.order(letters::id).select(letters::body);
    let conn = &mut desk.async_scope(A).await;
    let loaded: Vec<RowBound<String>> =
        diesel_async::RunQueryDsl::load(bodies, conn).await.unwrap();
    assert_eq!(loaded[1].open(&row(2)).unwrap(), "body 2");
}

#[test]
fn a_value_that_was_moved_to_another_row_is_tampered_with() {
    let desk = Desk::new();
    write(&desk, A, &[1, 2]);
    desk.vault
        .sql("UPDATE letters SET body = (SELECT body FROM letters WHERE id = 1) WHERE id = 2");
    let (body, note) = load(&desk, A, 2);
    assert_eq!(body.open(&row(2)), Err(EncryptionError::Tampered));
    assert_eq!(note.unwrap().open(&row(2)).unwrap(), "note");
    assert_eq!(load(&desk, A, 1).0.open(&row(1)).unwrap(), "body 1");
}

#[test]
fn a_value_of_the_same_row_of_another_tenant_or_column_has_the_wrong_key() {
    let desk = Desk::new();
    write(&desk, A, &[1]);
    write(&desk, B, &[1]);
    desk.vault.sql("UPDATE letters SET body = (SELECT a.body FROM letters AS a WHERE a.tenant_id <> letters.tenant_id), note = body");
    for tenant in [A, B] {
        let (body, note) = load(&desk, tenant, 1);
        assert_eq!(body.open(&row(1)), Err(EncryptionError::WrongKey));
        assert_eq!(note.unwrap().open(&row(1)), Err(EncryptionError::WrongKey));
    }
}

/// The two types do not open each other's values.
#[test]
fn what_is_bound_to_a_row_and_what_is_not_are_different_forms() {
    let desk = Desk::new();
    write(&desk, A, &[1]);
    desk.write(A, 2, "free");
    assert_eq!(reason(desk.read(A, 1)), EncryptionError::Malformed);
    assert_eq!(
        load(&desk, A, 2).0.open(&row(2)),
        Err(EncryptionError::Malformed)
    );
    assert_eq!(desk.read(A, 2), Ok("free".to_owned()));
}

/// A ciphertext that was loaded cannot be written to another row by the program itself.
#[test]
fn a_loaded_value_is_not_written_back_unopened() {
    let desk = Desk::new();
    write(&desk, A, &[1, 2]);
    let (body, _) = load(&desk, A, 1);
    let conn = &mut desk.scope(A);
    let copied = update(letters::table.find(2))
        .set(letters::body.eq(&body))
        .execute(conn);
    assert_eq!(reason(copied), EncryptionError::Malformed);
    let opened = body.open(&row(1)).unwrap();
    let sealed_anew = update(letters::table.find(2))
        .set(letters::body.eq(bound(2, &opened)))
        .execute(conn);
    assert_eq!(sealed_anew, Ok(1));
    assert_eq!(load(&desk, A, 2).0.open(&row(2)).unwrap(), "body 1");
    assert_eq!(
        bound(1, "never stored").open(&row(1)),
        Err(EncryptionError::Malformed)
    );
}

/// It keeps the handle of the keys, not the keys: what was loaded before a shredding does not open after.
#[test]
fn a_value_that_was_loaded_before_its_tenant_was_shredded_does_not_open() {
    let desk = Desk::new();
    write(&desk, A, &[1]);
    let (body, _) = load(&desk, A, 1);
    assert_eq!(body.open(&row(1)).unwrap(), "body 1");
    let _receipt = tenancy_diesel::encryption::wait(desk.keyring.shred(&A)).unwrap();
    assert_eq!(body.open(&row(1)), Err(EncryptionError::TenantShredded));
}

#[test]
fn one_column_may_hold_both_forms_and_each_row_says_which() {
    let desk = Desk::new();
    write(&desk, A, &[1]);
    let replaced = update(letters::table.find(1))
        .set(letters::body.eq(sealed("free now")))
        .execute(&mut desk.scope(A));
    assert_eq!(replaced, Ok(1));
    let free: Encrypted<String> = letters::table
        .find(1)
        .select(letters::body)
        .first(&mut desk.scope(A))
        .unwrap();
    assert_eq!(free.expose(), "free now");
}
