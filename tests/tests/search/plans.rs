//! Which indexes PostgreSQL uses under row-level security.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_types::{Integer, Text};
use diesel::{QueryableByName, sql_query};
use tenancy_diesel::search::{BlockingPgIndex, Language, Search};
use tenancy_tests::{A, B};

use crate::world::{Mode, World};

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = Text)]
    #[diesel(column_name = "QUERY PLAN")]
    line: String,
}

#[derive(QueryableByName)]
struct Prepared {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Integer)]
    parameters: i32,
}

/// Two tenants of 3000 documents, of which 3 have the word `rare` and all have `common`.
fn filled() -> World {
    let world = World::new(Mode::Blocking);
    let mut superuser = world.superuser();
    for tenant in [A, B] {
        superuser
            .batch_execute(&format!(
                "INSERT INTO search_documents SELECT '{}', 'note', i::text, 'english', '', body, \
                 to_tsvector('english', body) FROM (SELECT i, 'common w' || i % 97 || ' w' || i % 89 || \
                 CASE WHEN i % 1000 = 0 THEN ' rare' ELSE '' END AS body FROM generate_series(1, 3000) AS i) AS x",
                tenant.0
            ))
            .unwrap();
    }
    superuser
        .batch_execute("CREATE INDEX by_text_search ON search_documents USING gin (words); ANALYZE")
        .unwrap();
    world
}

fn plan(
    conn: &mut impl diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
    sql: &str,
) -> String {
    let lines: Vec<Plan> = sql_query(format!("EXPLAIN (COSTS OFF) {sql}"))
        .load(conn)
        .unwrap();
    lines.into_iter().map(|plan| plan.line + "\n").collect()
}

#[test]
fn a_search_goes_by_the_index_of_words() {
    let world = filled();
    let mut scope = world.scope(A);
    let search = Search::new("common rare").language(Language::ENGLISH);
    let hits = BlockingPgIndex::new(&mut scope).search(&search).unwrap();
    assert_eq!(hits.len(), 3);

    // The statement as it was prepared.
    let prepared: Prepared = sql_query(
        "SELECT name, cardinality(parameter_types)::int4 AS parameters FROM pg_prepared_statements \
         WHERE statement LIKE 'WITH asked%'",
    )
    .get_result(&mut scope)
    .unwrap();
    assert_eq!(prepared.parameters, 13);
    let tenant = A.0;
    let plan = plan(
        &mut scope,
        &format!(
            "EXECUTE {}('english', 'common rare', '{tenant}', '{tenant}', NULL, NULL, '{tenant}', '{tenant}', NULL, NULL, \
             20, 0, '{tenant}')",
            prepared.name
        ),
    );
    let conditions: Vec<_> = plan
        .lines()
        .filter(|line| line.contains("Index Cond"))
        .collect();
    assert!(plan.contains("using search_by_word_pkey"), "{plan}");
    assert!(
        conditions.iter().any(|line| line.contains("word = ANY")),
        "the words of the search are no condition of the index: {plan}"
    );
    assert!(plan.contains("search_documents_pkey"), "{plan}");
    assert!(!plan.contains("by_text_search"), "{plan}");
}

#[test]
fn under_row_level_security_the_index_of_a_text_search_is_not_used() {
    // Why there is a table of words.
    let world = filled();
    let sql = format!(
        "SELECT id FROM search_documents WHERE tenant_id = '{}' AND words @@ to_tsquery('english', 'rare')",
        A.0
    );
    let with_policies = plan(&mut world.scope(A), &sql);
    assert!(!with_policies.contains("by_text_search"), "{with_policies}");
    let without = plan(&mut world.superuser(), &sql);
    assert!(without.contains("by_text_search"), "{without}");
}
