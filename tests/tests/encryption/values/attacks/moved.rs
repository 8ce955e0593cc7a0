//! Ciphertext that somebody with write access to the database has moved.

use tenancy_diesel::encryption::{Encrypted, EncryptionError};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::super::desk::{Desk, reason, sealed};
use super::super::schema::{letters, stamps};

use EncryptionError::WrongKey;

/// Both tenants have letters 1 and 2.
fn desk() -> Desk {
    let desk = Desk::new();
    for (tenant, name) in [(A, "a"), (B, "b")] {
        desk.write(tenant, 1, &format!("first of {name}"));
        desk.write(tenant, 2, &format!("second of {name}"));
    }
    desk
}

fn first_of_a() -> String {
    format!(
        "(SELECT body FROM letters WHERE tenant_id = '{}' AND id = 1)",
        A.0
    )
}

#[tokio::test]
async fn a_value_of_another_tenant_does_not_open() {
    let desk = desk();
    desk.vault.sql(&format!(
        "UPDATE letters SET body = {} WHERE tenant_id = '{}' AND id = 1",
        first_of_a(),
        B.0
    ));
    assert_eq!(reason(desk.read(B, 1)), WrongKey);
    let query = letters::table.find(1).select(letters::body);
    let conn = &mut desk.async_scope(B).await;
    let loaded = diesel_async::RunQueryDsl::first::<Encrypted<String>>(query, conn).await;
    assert_eq!(reason(loaded), WrongKey);
    // A statement that returns it fails, and B can write over it.
    let returned = update(letters::table.find(1))
        .set(letters::topic.eq("x"))
        .returning(letters::body);
    let returned = RunQueryDsl::get_result::<Encrypted<String>>(returned, &mut desk.scope(B));
    assert_eq!(reason(returned), WrongKey);
    let repaired = update(letters::table.find(1)).set(letters::body.eq(sealed("repaired")));
    assert_eq!(RunQueryDsl::execute(repaired, &mut desk.scope(B)), Ok(1));
    assert_eq!(desk.read(B, 1), Ok("repaired".to_owned()));
    assert_eq!(desk.read(B, 2), Ok("second of b".to_owned()));
    assert_eq!(
        desk.read(A, 1),
        Ok("first of a".to_owned()),
        "where it belongs"
    );
}

/// A whole row whose tenant was changed: the policy and the filter let B see it, and it does not open.
#[test]
fn a_row_that_was_given_to_another_tenant_does_not_open() {
    let desk = desk();
    desk.vault.sql(&format!(
        "UPDATE letters SET tenant_id = '{}', id = 7 WHERE id = 1 AND tenant_id = '{}'",
        B.0, A.0
    ));
    assert_eq!(reason(desk.read(B, 7)), WrongKey);
    desk.vault.sql(&format!(
        "UPDATE letters SET tenant_id = '{}' WHERE id = 7",
        A.0
    ));
    assert_eq!(
        desk.read(A, 7),
        Ok("first of a".to_owned()),
        "back where it belongs"
    );
}

#[test]
fn a_value_of_another_column_does_not_open() {
    let desk = desk();
    desk.vault.sql("UPDATE letters SET note = body");
    let conn = &mut desk.scope(A);
    let both = letters::table
        .find(1)
        .select((letters::body, letters::note));
    let moved = RunQueryDsl::first::<(Encrypted<String>, Option<Encrypted<String>>)>(both, conn);
    assert_eq!(reason(moved), WrongKey);
    let note = letters::table.find(1).select(letters::note);
    let moved = RunQueryDsl::first::<Option<Encrypted<String>>>(note, conn);
    assert_eq!(reason(moved), WrongKey);
    assert_eq!(desk.read(A, 1), Ok("first of a".to_owned()));
}

#[test]
fn a_value_of_another_table_does_not_open() {
    let desk = desk();
    let conn = &mut desk.scope(A);
    let stamp = |id: i32| {
        insert_into(stamps::table).values((
            stamps::id.eq(id),
            stamps::letter_id.eq(1),
            stamps::mark.eq(sealed("mark")),
        ))
    };
    assert_eq!(RunQueryDsl::execute(stamp(1), conn), Ok(1));
    assert_eq!(RunQueryDsl::execute(stamp(2), conn), Ok(1));
    desk.vault.sql(&format!(
        "UPDATE stamps SET mark = {} WHERE id = 1",
        first_of_a()
    ));
    let mark = |id: i32| stamps::table.find(id).select(stamps::mark);
    let moved = RunQueryDsl::first::<Encrypted<String>>(mark(1), conn);
    assert_eq!(reason(moved), WrongKey);
    let own: Encrypted<String> = RunQueryDsl::first(mark(2), conn).unwrap();
    assert_eq!(own.expose(), "mark");
}

/// Not stopped, and documented: `Encrypted` is bound to tenant and column, `RowBound` to the row as well.
#[test]
fn a_value_of_another_row_opens() {
    let desk = desk();
    desk.vault.sql(&format!(
        "UPDATE letters SET body = {} WHERE tenant_id = '{}' AND id = 2",
        first_of_a(),
        A.0
    ));
    assert_eq!(desk.read(A, 2), Ok("first of a".to_owned()));
}

/// Not stopped, and documented: what was true once is authentic.
#[test]
fn an_older_value_of_the_same_row_opens() {
    let desk = desk();
    desk.vault
        .sql("CREATE TABLE saved AS SELECT * FROM letters");
    let newer = update(letters::table.find(1)).set(letters::body.eq(sealed("newer")));
    assert_eq!(RunQueryDsl::execute(newer, &mut desk.scope(A)), Ok(1));
    assert_eq!(desk.read(A, 1), Ok("newer".to_owned()));
    desk.vault.sql(
        "UPDATE letters AS l SET body = s.body FROM saved AS s WHERE s.tenant_id = l.tenant_id AND s.id = l.id",
    );
    assert_eq!(desk.read(A, 1), Ok("first of a".to_owned()));
}
