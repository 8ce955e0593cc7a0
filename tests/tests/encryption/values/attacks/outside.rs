//! Encrypted values without a scope: plain Diesel that knows the column's type.

use tenancy_diesel::encryption::{BlindIndex, Encrypted, EncryptionError, RowBound, RowId};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use super::super::desk::{Desk, reason, sealed};
use super::super::schema::letters;

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

/// Plain Diesel on a scope's own connection: its binds are sealed for the scope's tenant while it renders,
/// and rows are read after the scope has let go of the thread.
#[test]
fn plain_diesel_inside_of_a_scope_seals_for_its_tenant_and_opens_nothing() {
    let desk = Desk::new();
    desk.write(A, 1, "of a");
    desk.write(B, 1, "of b");
    let conn = &mut desk.scope(A);
    let bodies = plain::letters::table.select(plain::letters::body);
    assert_eq!(reason(bodies.load::<Encrypted<String>>(conn)), NoScope);
    let inserted = diesel::insert_into(plain::letters::table)
        .values((
            plain::letters::tenant_id.eq(A.0),
            plain::letters::id.eq(2),
            plain::letters::body.eq(sealed("past the scope")),
        ))
        .execute(conn);
    assert_eq!(inserted, Ok(1));
    assert_eq!(desk.read(A, 2), Ok("past the scope".to_owned()));
}

/// COPY hands out what is stored: envelopes.
#[test]
fn copy_out_holds_envelopes() {
    let desk = Desk::new();
    desk.write(A, 1, "the plaintext");
    desk.write(B, 2, "of b");
    let mut bytes = Vec::new();
    tenancy_diesel::copy_to((letters::id, letters::body))
        .write_to(&mut desk.scope(A), &mut bytes)
        .unwrap();
    let copied = String::from_utf8(bytes).unwrap();
    let (id, body) = copied.trim_end().split_once('\t').unwrap();
    assert_eq!(id, "1");
    assert!(
        body.starts_with("\\\\xf9010001") && body.len() == 3 + 2 * (80 + 13),
        "{body}"
    );
}
