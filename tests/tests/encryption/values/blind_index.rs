//! Searching encrypted values by their blind index.

use diesel::result::{DatabaseErrorKind, Error};
use tenancy_diesel::encryption::{
    BlindIndex, BlindIndexExpressionMethods, Encrypted, EncryptionError, wait,
};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::desk::{Desk, reason, sealed};
use super::schema::{EMAIL, Scoped, contacts};

fn add(conn: &mut Scoped<PgConnection>, id: i32, email: Option<&str>) -> QueryResult<usize> {
    insert_into(contacts::table)
        .values((
            contacts::id.eq(id),
            contacts::email.eq(email.map(sealed)),
            contacts::email_index.eq(email.map(BlindIndex::new)),
        ))
        .execute(conn)
}

fn find(conn: &mut Scoped<PgConnection>, email: &str) -> QueryResult<Vec<i32>> {
    let found: Vec<(i32, Option<Encrypted<String>>)> = contacts::table
        .filter(contacts::email_index.matches(email))
        .order(contacts::id)
        .select((contacts::id, contacts::email))
        .load(conn)?;
    for (_, found) in &found {
        assert!(EMAIL.confirms(email, found.as_ref().unwrap().expose()));
    }
    Ok(found.into_iter().map(|(id, _)| id).collect())
}

fn is_taken(result: QueryResult<usize>) -> bool {
    matches!(
        result,
        Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _))
    )
}

#[tokio::test]
async fn matches_finds_equal_values_of_the_own_tenant_alone() {
    let desk = Desk::new();
    let (a, b) = (&mut desk.scope(A), &mut desk.scope(B));
    assert_eq!(add(a, 1, Some("Ada@example.org")), Ok(1));
    assert_eq!(add(a, 2, Some("bob@example.org")), Ok(1));
    assert_eq!(add(a, 3, None), Ok(1));
    assert_eq!(add(a, 4, None), Ok(1), "NULL is not unique");
    assert_eq!(
        add(b, 9, Some("ada@example.org")),
        Ok(1),
        "the same value in B"
    );
    assert_eq!(find(a, "ADA@example.org"), Ok(vec![1]));
    assert_eq!(find(b, "ada@example.org"), Ok(vec![9]));
    assert_eq!(find(b, "bob@example.org"), Ok(vec![]));
    assert_eq!(find(a, ""), Ok(vec![]));

    let search = contacts::table
        .filter(contacts::email_index.matches("ada@example.org"))
        .select(contacts::id);
    for (tenant, id) in [(A, 1), (B, 9), (A, 1)] {
        // One query value, run under the keys of whoever runs it.
        let query = search.clone();
        let conn = &mut desk.async_scope(tenant).await;
        let found: Vec<i32> = diesel_async::RunQueryDsl::load(query, conn).await.unwrap();
        assert_eq!(found, [id]);
    }
    assert_eq!(
        desk.vault
            .lines("SELECT count(DISTINCT email_index) FROM contacts"),
        ["3"],
        "the same address of two tenants has two indexes"
    );
}

#[test]
fn the_unique_constraint_holds_within_the_tenant_and_ignores_case() {
    let desk = Desk::new();
    let a = &mut desk.scope(A);
    assert_eq!(add(a, 1, Some("ada@example.org")), Ok(1));
    let again = add(a, 2, Some("ADA@EXAMPLE.ORG"));
    assert!(is_taken(again));
    let updated = |conn: &mut Scoped<PgConnection>, email: &str| {
        update(contacts::table.find(1))
            .set((
                contacts::email.eq(sealed(email)),
                contacts::email_index.eq(BlindIndex::new(email)),
            ))
            .execute(conn)
    };
    assert_eq!(updated(a, "eve@example.org"), Ok(1));
    assert_eq!(find(a, "ada@example.org"), Ok(vec![]));
    assert_eq!(add(a, 2, Some("ada@example.org")), Ok(1));
    assert!(is_taken(updated(a, "ada@example.org")));
}

/// While the index key is exchanged, both are searched. The constraint knows nothing of it: a value of
/// each version is two values.
#[test]
fn after_a_new_index_version_old_and_new_rows_are_found() {
    let desk = Desk::new();
    let a = &mut desk.scope(A);
    assert_eq!(add(a, 1, Some("old@example.org")), Ok(1));
    wait(desk.keyring.new_index_version(&A)).unwrap();
    assert_eq!(add(a, 2, Some("new@example.org")), Ok(1));
    assert_eq!(find(a, "old@example.org"), Ok(vec![1]));
    assert_eq!(find(a, "new@example.org"), Ok(vec![2]));
    assert_eq!(
        add(a, 3, Some("old@example.org")),
        Ok(1),
        "unseen by the constraint"
    );
    assert_eq!(find(a, "old@example.org"), Ok(vec![1, 3]));
    assert_eq!(delete(contacts::table.find(3)).execute(a), Ok(1));

    // Once the old row is written anew, the old key can go.
    let rewritten = update(contacts::table.find(1))
        .set(contacts::email_index.eq(BlindIndex::new("old@example.org")))
        .execute(a);
    assert_eq!(rewritten, Ok(1));
    assert!(is_taken(add(a, 3, Some("old@example.org"))));
    wait(desk.keyring.retire_index_versions(&A)).unwrap();
    assert_eq!(find(a, "old@example.org"), Ok(vec![1]));
    assert_eq!(find(a, "new@example.org"), Ok(vec![2]));
}

#[test]
fn without_keys_there_is_neither_an_index_nor_a_search() {
    let desk = Desk::new();
    assert_eq!(add(&mut desk.scope(A), 1, Some("ada@example.org")), Ok(1));
    let conn = &mut desk.vault.scope_without_keys(A);
    assert_eq!(
        reason(find(conn, "ada@example.org")),
        EncryptionError::NotUnlocked
    );
    let index = update(contacts::table)
        .set(contacts::email_index.eq(BlindIndex::new("x")))
        .execute(conn);
    assert_eq!(reason(index), EncryptionError::NotUnlocked);
    assert_eq!(find(&mut desk.scope(A), "ada@example.org"), Ok(vec![1]));
}
