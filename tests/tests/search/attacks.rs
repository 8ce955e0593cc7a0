//! Ways to the other tenant's documents.

use diesel::connection::SimpleConnection;
use diesel::sql_query;
use diesel::{Connection, RunQueryDsl};
use tenancy_diesel::search::{BlockingPgIndex, PgIndex, TenantIndex};
use tenancy_tests::{A, B};

use crate::world::{Line, Mode, World, block_on, note, texts};

#[test]
fn no_search_finds_the_other_tenants_documents() {
    World::each(|world| {
        world.put(A, "1", "mine", "own");
        world.put(B, "1", "theirs", "secret of the other");
        world.put(B, "2", "theirs", "secret");
        for text in [
            "secret",
            "-mine",
            "-own or secret",
            "mine or secret",
            "\"secret of\"",
            "secret') OR true --",
            "'; SELECT set_config('app.tenant_id', '', false); --",
            "\\'; DROP TABLE search_documents; --",
            "$1 {tenant} {0}",
            "' | '",
            "secret:* | !own",
        ] {
            for hit in world.hits(A, text) {
                assert_eq!(
                    (hit.id.as_str(), hit.title.as_str()),
                    ("1", "mine"),
                    "{text}"
                );
            }
        }
        assert_eq!(world.ids(B, "secret"), ["1", "2"]);
        assert_eq!((world.count(A), world.count(B)), (1, 2));
    });
}

#[test]
fn the_same_key_is_another_document_for_each_tenant() {
    World::each(|world| {
        for (tenant, word) in [(A, "apple"), (B, "pear")] {
            world.put(tenant, "1", word, word);
        }
        world.put(A, "1", "plum", "plum");
        assert_eq!(world.ids(B, "pear"), ["1"]);
        assert_eq!(world.hits(B, "pear")[0].title, "pear");
        assert!(!world.remove(A, "note", "2"));
        assert!(world.remove(A, "note", "1"));
        assert_eq!(world.ids(B, "pear"), ["1"]);
    });
}

#[test]
fn clearing_a_keeps_b() {
    World::each(|world| {
        for id in ["1", "2", "3"] {
            world.put(A, id, "roof", "of A");
            world.put(B, id, "roof", "of B");
        }
        assert_eq!(world.clear(A), 3);
        assert_eq!((world.count(A), world.count(B)), (0, 3));
        assert_eq!(world.ids(B, "roof"), ["1", "2", "3"]);
        assert!(world.words(A, "1").is_empty());
        assert_eq!(world.words(B, "1"), ["b", "roof"]);
        assert_eq!(world.clear(A), 0);
    });
}

#[test]
fn how_well_a_document_fits_tells_nothing_of_the_other_tenants() {
    World::each(|world| {
        world.put(A, "1", "roof", "the roof and the boat");
        world.put(A, "2", "boat", "a roof");
        let before = world.hits(A, "roof boat");
        assert_eq!(before.len(), 2);
        world
            .superuser()
            .batch_execute(&format!(
                "INSERT INTO search_documents SELECT '{}', 'note', i::text, 'english', '', '', \
                 to_tsvector('english', 'roof roof roof') FROM generate_series(1, 2000) AS i; ANALYZE",
                B.0
            ))
            .unwrap();
        assert_eq!(world.hits(A, "roof boat"), before);
    });
}

#[test]
fn an_excerpt_is_text_and_not_markup() {
    World::each(|world| {
        let body =
            "<script>alert('roof')</script> \u{1}roof\u{2} <img src=x onerror=roof> & \"roof\"";
        world.put(A, "1", "<b>roof</b>", body);
        let hit = &world.hits(A, "roof")[0];
        assert_eq!(hit.title, "<b>roof</b>");
        let html = hit.excerpt.to_html("<mark>", "</mark>");
        let without_marks = html.replace("<mark>", "").replace("</mark>", "");
        assert!(html.contains("<mark>roof</mark>"), "{html}");
        assert!(
            !without_marks.contains(['<', '>', '"', '\'', '\u{1}', '\u{2}']),
            "{html}"
        );
        // Marks of the document's own mark nothing.
        world.put(A, "2", "", "\u{1}forged\u{2} cellar");
        let forged = world.hits(A, "cellar").remove(0).excerpt;
        assert_eq!(forged.to_html("[", "]"), "forged [cellar]");
    });
}

#[test]
fn raw_sql_sees_the_tables_of_its_tenant_alone() {
    let world = World::new(Mode::Blocking);
    world.put(A, "1", "mine", "own");
    world.put(B, "1", "theirs", "secret");
    for table in ["search_documents", "search_by_word"] {
        let sql = format!("SELECT DISTINCT tenant_id::text AS text FROM {table}");
        let seen: Vec<Line> = sql_query(&sql).load(&mut world.scope(A)).unwrap();
        assert_eq!(texts(seen), [A.0.to_string()]);
        // The control: without the policies, all of them.
        let all: Vec<Line> = sql_query(&sql).load(&mut world.superuser()).unwrap();
        assert_eq!(all.len(), 2);
    }
    // The trigger writes words as whoever writes documents, and so under the same policies.
    let forged = format!(
        "INSERT INTO search_documents VALUES ('{}', 'n', '9', 'english', '', '', 'forged')",
        B.0
    );
    assert!(sql_query(forged).execute(&mut world.scope(A)).is_err());
    let moved = format!("UPDATE search_documents SET tenant_id = '{}'", B.0);
    assert!(sql_query(moved).execute(&mut world.scope(A)).is_err());
    assert_eq!(world.words(B, "1"), ["secret"]);
    assert_eq!(world.words(B, "9"), [""; 0]);
}

#[test]
fn a_transaction_that_rolls_back_takes_the_index_with_it() {
    let world = World::new(Mode::Blocking);
    world.put(A, "1", "kept", "");
    let mut scope = world.scope(A);
    let rolled_back = scope.transaction(|conn| {
        BlockingPgIndex::new(conn)
            .put(&note("2", "gone", ""))
            .unwrap();
        BlockingPgIndex::new(conn).remove("note", "1").unwrap();
        Err::<(), _>(diesel::result::Error::RollbackTransaction)
    });
    assert!(rolled_back.is_err());
    assert_eq!(world.ids(A, "kept or gone"), ["1"]);
    assert_eq!(world.words(A, "2"), [""; 0]);
}

#[test]
fn one_connection_serves_a_and_then_b_with_the_same_prepared_statements() {
    let world = World::new(Mode::Async);
    world.put(A, "1", "roof", "of A");
    world.put(B, "2", "roof", "of B");
    block_on(async {
        let mut conn = world.raw_async().await;
        for _ in 0..8 {
            for (tenant, id) in [(A, "1"), (B, "2")] {
                let mut scope = tenancy_diesel::Scoped::open(&mut conn, tenant).unwrap();
                let search = tenancy_diesel::search::Search::new("roof");
                let hits = PgIndex::new(&mut scope).search(&search).await.unwrap();
                assert_eq!(
                    hits.iter().map(|hit| hit.id.as_str()).collect::<Vec<_>>(),
                    [id]
                );
            }
        }
    });
}
