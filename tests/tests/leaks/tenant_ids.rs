//! Tenant ids that look alike, what a column makes equal, and what an encoding makes of them.

use diesel::connection::SimpleConnection;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{PolicyOptions, Scoped};
use tenancy_testing::{PgServer, TestDatabase};
use tenancy_tests::ids::{Merchant, merchant};

use crate::harness::lines;

/// A table of notes whose tenant column has this type, secured by the generated policies or by hand.
fn notes(column: &str, generated: bool) -> (TestDatabase, PgConnection) {
    let server = PgServer::shared().unwrap();
    let app = server.create_login_role("app").unwrap();
    let policies = PolicyOptions::new()
        .app_role(&app)
        .generate(&merchant::REGISTRY);
    let by_hand = format!(
        "ALTER TABLE notes_merchant ENABLE ROW LEVEL SECURITY;
         CREATE POLICY own ON notes_merchant
             USING (tenant_id = (SELECT current_setting('shop.merchant', true)));
         GRANT SELECT, INSERT, DELETE ON notes_merchant TO {app}"
    );
    let key = format!("look alike {column} {generated}");
    let template = server.template(&key, |conn: &mut PgConnection| {
        conn.batch_execute(&format!(
            "CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level1',
                 deterministic = false);
             CREATE TABLE notes_merchant (tenant_id {column} NOT NULL, id int4 NOT NULL,
                 body text NOT NULL);
             GRANT USAGE ON SCHEMA public TO {app}"
        ))?;
        conn.batch_execute(if generated { policies.up() } else { &by_hand })
    });
    let database = template.unwrap().create().unwrap();
    let conn = PgConnection::establish(&database.url_as(&app)).unwrap();
    (database, conn)
}

/// Whether a row of the one is shown to the other: by both layers, and by row-level security alone.
fn shown(conn: &mut PgConnection, one: &str, other: &str) -> (bool, bool) {
    let notes = merchant::notes::table;
    let row = (merchant::notes::id.eq(1), merchant::notes::body.eq("x"));
    let insert = insert_into(notes).values(row);
    assert_eq!(insert.execute(&mut of(conn, one)), Ok(1));
    let rows: i64 = notes.count().get_result(&mut of(conn, other)).unwrap();
    let raw = lines(
        &mut of(conn, other),
        "SELECT body AS line FROM notes_merchant",
    )
    .unwrap();
    assert_eq!(delete(notes).execute(&mut of(conn, one)), Ok(1));
    (rows > 0, !raw.is_empty())
}

fn of<'c>(conn: &'c mut PgConnection, id: &str) -> merchant::Scoped<&'c mut PgConnection> {
    Scoped::open(conn, Merchant(id.to_owned())).unwrap()
}

#[test]
fn ids_that_look_alike_are_different_tenants() {
    let (_database, mut conn) = notes("text", true);
    for (one, other) in [
        ("acme", "Acme"),
        ("acme", "\u{430}cme"),       // a Cyrillic letter
        ("caf\u{e9}", "cafe\u{301}"), // composed and decomposed
        ("acme", "acme "),
        ("acme", "acme\u{200b}"), // a space of no width
        ("stra\u{df}e", "strasse"),
        ("a_me", "acme"),
        ("a%", "acme"),
        ("\u{212b}ngstr\u{f6}m", "\u{c5}ngstr\u{f6}m"),
        ("NULL", "null"),
        ("1", "01"),
    ] {
        assert_eq!(
            shown(&mut conn, one, other),
            (false, false),
            "{one:?} {other:?}"
        );
        assert_eq!(
            shown(&mut conn, other, one),
            (false, false),
            "{other:?} {one:?}"
        );
    }
}

/// Both layers compare with the column's own `=`. A collation that is not deterministic makes different ids equal
/// there, and both layers fail together: the control. The generated policies refuse such a column, see
/// `policy/refusals`.
#[test]
fn a_column_that_ignores_case_makes_two_tenants_one() {
    let (_database, mut conn) = notes("text COLLATE any_case", false);
    assert_eq!(shown(&mut conn, "acme", "ACME"), (true, true));
    assert_eq!(shown(&mut conn, "caf\u{e9}", "cafe"), (true, true));
    let (_database, mut conn) = notes("text", false);
    assert_eq!(shown(&mut conn, "acme", "ACME"), (false, false));
}

/// In some encodings the last byte of a character in UTF-8 swallows the backslash after it. An id is rendered in ASCII
/// alone, so it is the same constant in every encoding; the server's own guard, `backslash_quote`, is off here.
#[test]
fn an_id_cannot_end_its_constant_whatever_the_encoding_of_the_session() {
    let (_database, mut conn) = notes("text", true);
    let row = (
        merchant::notes::id.eq(1),
        merchant::notes::body.eq("of other"),
    );
    let insert = insert_into(merchant::notes::table).values(row);
    insert.execute(&mut of(&mut conn, "other")).unwrap();
    conn.batch_execute("SET client_encoding = 'SJIS'; SET backslash_quote = on")
        .unwrap();
    let id = "\u{101}\\'; SET LOCAL shop.merchant = other; --";
    let body = "SELECT body AS line FROM notes_merchant";
    let seen = lines(&mut of(&mut conn, id), body);
    assert!(
        !seen.is_ok_and(|rows| !rows.is_empty()),
        "the id opened another tenant's scope"
    );
    let as_it_was =
        "SET LOCAL shop.merchant = E'\u{101}\\\\''; SET LOCAL shop.merchant = other; --'";
    let control = conn.transaction(|conn| {
        conn.batch_execute(as_it_was)?;
        lines(conn, body)
    });
    assert_eq!(control.unwrap(), ["of other"], "the control");
}
