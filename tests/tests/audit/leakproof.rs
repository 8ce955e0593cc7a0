//! What the auditor says about an index against what the planner does with it.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use tenancy_diesel::audit::leakproof::index_limits;

use crate::database::Audited;

/// An index on the table `documents`, and the condition that it is for.
const INDEXES: &[(&str, &str)] = &[
    ("(tenant_id, title)", "title = 'a'"),
    ("(tenant_id, title)", "title > 'a'"),
    ("(tenant_id, lower(title))", "lower(title) = 'a'"),
    ("USING gin (title gin_trgm_ops)", "title ILIKE '%abc%'"),
    ("(tenant_id, name)", "name = 'a'"),
    ("(tenant_id, cents)", "cents = 5"),
    ("(tenant_id, price)", "price = 5"),
    ("(tenant_id, state)", "state = 'open'"),
    ("USING gin (data)", "data @> '{}'"),
    ("USING gin (words)", "words @@ 'a'::tsquery"),
    ("USING gin (tags)", "tags @> '{a}'"),
    ("USING gist (during)", "during && '[1,2)'"),
    ("(tenant_id, at)", "at > now()"),
    ("(tenant_id, day)", "day > current_date"),
    ("USING hash (title)", "title = 'a'"),
    ("(tenant_id, title text_pattern_ops)", "title LIKE 'a%'"),
];

const COLUMNS: &str = "
    CREATE EXTENSION citext; CREATE EXTENSION pg_trgm; CREATE TYPE state AS ENUM ('open', 'done');
    ALTER TABLE documents ADD name citext, ADD cents int8, ADD price numeric, ADD state state,
        ADD data jsonb, ADD words tsvector, ADD tags text[], ADD during int4range, ADD at timestamptz,
        ADD day date;
    DROP INDEX tenancy_documents_tenant_idx;
    ALTER TABLE documents DROP CONSTRAINT documents_tenant_id_id_key;
    SET LOCAL enable_seqscan = off";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// Whether the planner asks an index for the condition.
fn serves(conn: &mut PgConnection, condition: &str) -> QueryResult<bool> {
    let plan: Vec<Line> = diesel::sql_query(format!(
        "EXPLAIN (COSTS off) SELECT FROM documents WHERE {condition}"
    ))
    .load(conn)?;
    let asked = format!("({} ", condition.split(' ').next().unwrap());
    let mut conditions = plan.iter().filter(|line| line.line.contains("Cond: "));
    Ok(conditions.any(|line| line.line.contains(&asked)))
}

#[test]
fn an_index_is_reported_where_the_planner_cannot_use_it_and_nowhere_else() {
    let database = Audited::new();
    let app = database.fill("{app}");
    for (index, condition) in INDEXES {
        let create = format!("CREATE INDEX of_the_case ON documents {index}");
        let (limited, free, held) = database.after(&[COLUMNS, &create], |conn| {
            let limits = index_limits(conn)?;
            let limited = limits
                .iter()
                .any(|limit| limit.index == "public.of_the_case");
            let free = serves(conn, condition)?;
            conn.batch_execute(&format!("SET LOCAL ROLE {app}"))?;
            Ok((limited, free, serves(conn, condition)?))
        });
        assert!(free, "{index} does not serve {condition} at all");
        assert_eq!(limited, !held, "{index} for {condition}");
    }
}

#[test]
fn the_index_for_patterns_serves_a_beginning_as_the_auditor_says() {
    let database = Audited::new();
    let app = database.fill("{app}");
    let create = "CREATE INDEX ON documents (tenant_id, title text_pattern_ops)";
    let held = database.after(&[COLUMNS, create], |conn| {
        conn.batch_execute(&format!("SET LOCAL ROLE {app}"))?;
        serves(conn, "title ^@ 'a'")
    });
    assert!(held);
}
