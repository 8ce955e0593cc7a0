//! Statements that bind a type which diesel-async looks up by its name: it collects their binds twice.

use diesel_async::RunQueryDsl;
use tenancy_diesel::encryption::{BlindIndex, Encrypted};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::desk::{Desk, Grade, sealed};
use super::schema::letters;

async fn found(desk: &Desk, grade: Grade) -> Vec<(i32, String)> {
    let rows: Vec<(i32, Encrypted<String>)> = letters::table
        .filter(letters::grade.eq(grade))
        .order(letters::id)
        .select((letters::id, letters::body))
        .load(&mut desk.async_scope(A).await)
        .await
        .unwrap();
    rows.into_iter()
        .map(|(id, body)| (id, body.into_inner()))
        .collect()
}

#[tokio::test]
async fn an_enum_beside_an_encrypted_value_in_each_kind_of_write() {
    let desk = Desk::new();
    desk.write(B, 1, "of b");
    let conn = &mut desk.async_scope(A).await;
    // Cold, with the type known, and from the cache of prepared statements.
    for id in 1..=3 {
        insert_into(letters::table)
            .values((
                letters::grade.eq(Grade::Secret),
                letters::id.eq(id),
                letters::body.eq(sealed("one")),
                letters::note.eq(sealed("note")),
            ))
            .execute(conn)
            .await
            .unwrap();
    }
    for first in [10, 20] {
        let rows = [first, first + 1].map(|id| {
            (
                letters::id.eq(id),
                letters::body.eq(sealed("batch")),
                letters::grade.eq(Grade::Secret),
            )
        });
        insert_into(letters::table)
            .values(rows)
            .execute(conn)
            .await
            .unwrap();
        insert_into(letters::table)
            .unnest(
                (letters::id, letters::grade, letters::body),
                [
                    (first + 2, Grade::Secret, sealed("bulk")),
                    (first + 3, Grade::Open, sealed("open")),
                ],
            )
            .execute(conn)
            .await
            .unwrap();
    }
    let of = |id: i32, body: &str| (id, body.to_owned());
    let mut expected = vec![of(1, "one"), of(2, "one"), of(3, "one")];
    for first in [10, 20] {
        expected.extend([
            of(first, "batch"),
            of(first + 1, "batch"),
            of(first + 2, "bulk"),
        ]);
    }
    assert_eq!(found(&desk, Grade::Secret).await, expected);
    assert_eq!(
        found(&desk, Grade::Open).await,
        [of(13, "open"), of(23, "open")]
    );

    for body in ["once", "twice"] {
        let changed: Vec<(Grade, Encrypted<String>)> = update(letters::table)
            .filter(letters::grade.eq(Grade::Open))
            .set((
                letters::body.eq(sealed(body)),
                letters::grade.eq(Grade::Open),
            ))
            .returning((letters::grade, letters::body))
            .get_results(conn)
            .await
            .unwrap();
        assert_eq!(changed.len(), 2);
        assert!(
            changed
                .iter()
                .all(|(grade, found)| *grade == Grade::Open && found.expose() == body)
        );
    }
    assert_eq!(desk.letters(B), [(1, "of b".to_owned(), None)]);
    let nonces = "SELECT count(DISTINCT substr(body, 41, 24)) = count(DISTINCT body) FROM letters";
    assert_eq!(desk.vault.lines(nonces), ["true"], "each is used once");
}

/// Two scopes of two tenants, each of whose statements looks the type up on a connection that is new.
#[tokio::test]
async fn the_second_collection_of_binds_has_the_keys_of_the_same_tenant() {
    let desk = Desk::new();
    for round in 0..3 {
        let (mut a, mut b) = (desk.async_scope(A).await, desk.async_scope(B).await);
        let statement = |text: &str| {
            insert_into(letters::table).values((
                letters::id.eq(round),
                letters::grade.eq(Grade::Secret),
                letters::body.eq(sealed(text)),
            ))
        };
        let (of_a, of_b) = (
            statement("of a").execute(&mut a),
            statement("of b").execute(&mut b),
        );
        let (of_b, of_a) = futures_util::future::join(of_b, of_a).await;
        assert_eq!((of_a, of_b), (Ok(1), Ok(1)));
        assert_eq!(desk.read(A, round), Ok("of a".to_owned()));
        assert_eq!(desk.read(B, round), Ok("of b".to_owned()));
    }
}

/// A bind is sealed once for a statement, however many rows it sets: they are seen to be equal.
#[tokio::test]
async fn one_update_gives_all_its_rows_one_ciphertext() {
    let desk = Desk::new();
    desk.write(A, 1, "first");
    desk.write(A, 2, "second");
    let stored = "SELECT count(DISTINCT body) FROM letters";
    assert_eq!(desk.vault.lines(stored), ["2"]);
    let conn = &mut desk.async_scope(A).await;
    let changed = update(letters::table)
        .filter(letters::grade.eq(Grade::Open))
        .set(letters::body.eq(sealed("the same")))
        .execute(conn)
        .await;
    assert_eq!(changed, Ok(2));
    assert_eq!(desk.vault.lines(stored), ["1"]);
    for id in [1, 2] {
        let changed = update(letters::table.find(id))
            .set(letters::body.eq(sealed("the same")))
            .execute(conn)
            .await;
        assert_eq!(changed, Ok(1));
    }
    assert_eq!(
        desk.vault.lines(stored),
        ["2"],
        "one statement for each row"
    );
}

/// A blind index is the same each time; it is bound beside the enum all the same.
#[tokio::test]
async fn an_enum_beside_a_search_by_a_blind_index() {
    use super::schema::contacts;
    use tenancy_diesel::encryption::BlindIndexExpressionMethods;
    let desk = Desk::new();
    let conn = &mut desk.async_scope(A).await;
    insert_into(contacts::table)
        .values((
            contacts::id.eq(1),
            contacts::email.eq(sealed("a@b.c")),
            contacts::email_index.eq(BlindIndex::new("a@b.c")),
        ))
        .execute(conn)
        .await
        .unwrap();
    desk.write(A, 1, "letter");
    for _ in 0..2 {
        let both: Vec<(Encrypted<String>, Option<Encrypted<String>>)> = letters::table
            .inner_join(contacts::table.on(contacts::id.eq(letters::id)))
            .filter(letters::grade.eq(Grade::Open))
            .filter(contacts::email_index.matches("A@B.C"))
            .select((letters::body, contacts::email))
            .load(conn)
            .await
            .unwrap();
        assert_eq!(both.len(), 1);
        assert_eq!(both[0].0.expose(), "letter");
    }
}
