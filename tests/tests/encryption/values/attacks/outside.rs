//! Encrypted values without a scope: plain Diesel that knows the column's type.

use tenancy_diesel::encryption::{BlindIndex, Encrypted, EncryptionError, RowBound, RowId};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::super::desk::{Desk, reason, sealed};

use EncryptionError::NoScope;

/// The tables as somebody writes them who wants to get around the scope: with labels of the same text.
#[allow(unreachable_pub, reason = "what `table!` emits is public")]
mod plain {
    use super::super::super::schema::EMAIL;
    use tenancy_diesel::encryption::{BlindIndexSpec, ColumnLabel, IndexLabel, Label};

    #[derive(Debug)]
    pub struct Body;
    #[derive(Debug)]
    pub struct Note;
    #[derive(Debug)]
    pub struct Email;

    impl ColumnLabel for Body {
        const LABEL: Label = Label::literal("letters.body");
    }

    impl ColumnLabel for Note {
        const LABEL: Label = Label::literal("letters.note");
    }

    impl IndexLabel for Email {
        const LABEL: Label = Label::literal("contacts.email");
        const SPEC: BlindIndexSpec = EMAIL;
    }

    diesel::table! {
        use super::{Body, Note};
        use diesel::sql_types::*;
        use tenancy_diesel::encryption::Sealed;

        letters (id) {
            tenant_id -> Uuid,
            id -> Int4,
            body -> Sealed<Body>,
            note -> Nullable<Sealed<Note>>,
        }
    }

    diesel::table! {
        use super::Email;
        use diesel::sql_types::*;
        use tenancy_diesel::encryption::Indexed;

        contacts (id) {
            tenant_id -> Uuid,
            id -> Int4,
            email_index -> Nullable<Indexed<Email>>,
        }
    }
}

/// What a thread without a scope gets.
pub(super) fn assert_no_keys_on_this_thread(desk: &Desk) {
    let conn = &mut desk.vault.superuser();
    let loaded = plain::letters::table
        .select(plain::letters::body)
        .load::<Encrypted<String>>(conn);
    assert_eq!(reason(loaded), NoScope);
}

#[test]
fn a_raw_connection_neither_seals_nor_opens() {
    let desk = Desk::new();
    desk.write(A, 1, "of a");
    let conn = &mut desk.vault.superuser();
    let insert = |body| {
        diesel::insert_into(plain::letters::table).values((
            plain::letters::tenant_id.eq(A.0),
            plain::letters::id.eq(2),
            body,
        ))
    };
    let inserted = insert(plain::letters::body.eq(sealed("x"))).execute(conn);
    assert_eq!(reason(inserted), NoScope);
    let inserted = diesel::insert_into(plain::letters::table)
        .values((
            plain::letters::tenant_id.eq(A.0),
            plain::letters::id.eq(2),
            plain::letters::body.eq(RowBound::seal(RowId::new("2"), "x")),
        ))
        .execute(conn);
    assert_eq!(reason(inserted), NoScope);
    let inserted = diesel::insert_into(plain::contacts::table)
        .values((
            plain::contacts::tenant_id.eq(A.0),
            plain::contacts::id.eq(2),
            plain::contacts::email_index.eq(BlindIndex::new("x")),
        ))
        .execute(conn);
    assert_eq!(reason(inserted), NoScope);
    assert_eq!(
        desk.vault
            .lines("SELECT id FROM letters UNION ALL SELECT id FROM contacts"),
        ["1"]
    );

    assert_no_keys_on_this_thread(&desk);
    let bound = plain::letters::table
        .select(plain::letters::body)
        .load::<RowBound<String>>(conn);
    assert_eq!(reason(bound), NoScope);
    // NULL is no secret.
    let notes: Vec<Option<Encrypted<String>>> = plain::letters::table
        .select(plain::letters::note)
        .load(conn)
        .unwrap();
    assert!(notes.len() == 1 && notes[0].is_none());
}

#[tokio::test]
async fn an_asynchronous_raw_connection_neither_seals_nor_opens() {
    use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
    let desk = Desk::new();
    desk.write(A, 1, "of a");
    let conn = &mut AsyncPgConnection::establish(&desk.vault.superuser_url())
        .await
        .unwrap();
    let insert = diesel::insert_into(plain::letters::table).values((
        plain::letters::tenant_id.eq(A.0),
        plain::letters::id.eq(2),
        plain::letters::body.eq(sealed("x")),
    ));
    assert_eq!(reason(RunQueryDsl::execute(insert, conn).await), NoScope);
    let bodies = plain::letters::table.select(plain::letters::body);
    let loaded = RunQueryDsl::load::<Encrypted<String>>(bodies, conn).await;
    assert_eq!(reason(loaded), NoScope);
    assert_eq!(desk.letters(A).len(), 1);
}

/// Plain Diesel on a scope's own connection has the scope's keys at most, and its policies.
#[test]
fn plain_diesel_inside_of_a_scope_reaches_no_other_tenants_value() {
    let desk = Desk::new();
    desk.write(A, 1, "of a");
    desk.write(B, 1, "of b");
    let bodies = plain::letters::table.select(plain::letters::body);
    let of_a = bodies.load::<Encrypted<String>>(&mut desk.scope(A));
    if let Ok(rows) = &of_a {
        assert!(rows.iter().all(|body| body.expose() == "of a"));
    } else {
        assert_eq!(reason(of_a), NoScope);
    }
    assert_eq!(desk.read(A, 1), Ok("of a".to_owned()));
}
