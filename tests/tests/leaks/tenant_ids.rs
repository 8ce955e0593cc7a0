//! Tenant ids that look alike, and what a column makes equal.

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
