//! The text of the statements: every table reference with its own predicate.

use diesel::dsl::sql;
use diesel::sql_types::Bool;
use tenancy_diesel::dsl::exists;
use tenancy_diesel::prelude::*;
use tenancy_diesel::{ScopeError, debug_query};
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::schema::{billing, comments, countries, files, parent, projects, tasks};
use tenancy_tests::{A, OrgId};

macro_rules! sql_of {
    ($query:expr) => {{
        let shown = debug_query($query, A).unwrap().to_string();
        shown.split(" -- binds").next().unwrap().to_owned()
    }};
}

#[test]
fn a_joined_aliased_sub_queried_select() {
    let query = projects::table
        .inner_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
        .left_join(tasks::table)
        .inner_join(countries::table)
        .filter(projects::name.eq("x"))
        .or_filter(exists(
            comments::table.filter(comments::task_id.eq(tasks::id)),
        ))
        .select((projects::name, parent::name, countries::label));
    assert_eq!(
        sql_of!(query),
        "SELECT \"projects\".\"name\", \"parent\".\"name\", \"countries\".\"label\" FROM \
         ((((SELECT * FROM \"projects\" WHERE \"tenant_id\" = $1) AS \"projects\" \
         INNER JOIN (SELECT * FROM \"projects\" WHERE \"tenant_id\" = $2) AS \"parent\" \
         ON (\"projects\".\"parent_id\" = \"parent\".\"id\")) \
         LEFT OUTER JOIN (SELECT * FROM \"tasks\" WHERE \"tenant_id\" = $3) AS \"tasks\" \
         ON (\"tasks\".\"project_id\" = \"projects\".\"id\")) \
         INNER JOIN \"countries\" ON (\"projects\".\"country\" = \"countries\".\"code\")) \
         WHERE ((\"projects\".\"name\" = $4) OR (EXISTS (SELECT \"comments\".\"tenant_id\", \
         \"comments\".\"id\", \"comments\".\"task_id\", \"comments\".\"body\" FROM \
         (SELECT * FROM \"comments\" WHERE \"tenant_id\" = $5) AS \"comments\" \
         WHERE (\"comments\".\"task_id\" = \"tasks\".\"id\"))))"
    );
}

#[test]
fn writes_end_with_the_tenant() {
    assert_eq!(
        sql_of!(update(tasks::table.filter(sql::<Bool>("a OR b"))).set(tasks::done.eq(true))),
        "UPDATE \"tasks\" AS \"tasks\" SET \"done\" = $1 WHERE (a OR b) AND \
         \"tasks\".\"tenant_id\" = $2"
    );
    assert_eq!(
        sql_of!(
            delete(tasks::table)
                .filter(tasks::id.eq(1))
                .or_filter(tasks::id.eq(2))
        ),
        "DELETE FROM \"tasks\" AS \"tasks\" WHERE ((\"tasks\".\"id\" = $1) OR (\"tasks\".\"id\" = \
         $2)) AND \"tasks\".\"tenant_id\" = $3"
    );
    assert_eq!(
        sql_of!(delete(projects::table)),
        "DELETE FROM \"projects\" AS \"projects\" WHERE \"projects\".\"tenant_id\" = $1"
    );
    assert_eq!(
        sql_of!(
            insert_into(billing::projects::table)
                .values((billing::projects::id.eq(1), billing::projects::name.eq("x")))
                .on_conflict(billing::projects::id)
                .do_update()
                .set(billing::projects::name.eq("y"))
                .returning(billing::projects::id)
        ),
        "INSERT INTO \"billing\".\"projects\" AS \"billing.projects\" (\"customer\", \"id\", \
         \"name\") VALUES ($1, $2, $3) ON CONFLICT (\"customer\", \"id\") DO UPDATE SET \"name\" = \
         $4 WHERE \"billing.projects\".\"customer\" = $5 RETURNING \"billing.projects\".\"id\""
    );
    assert_eq!(
        sql_of!(insert_into(files::table).values((
            files::id.eq(1),
            files::document_id.eq(2),
            files::name.eq("x")
        ))),
        "WITH \"tenancy_new\" AS (INSERT INTO \"files\" AS \"files\" (\"id\", \"document_id\", \
         \"name\") VALUES ($1, $2, $3) RETURNING *) SELECT 1 FROM \"tenancy_new\" AS \"files\" WHERE \
         CASE WHEN EXISTS (SELECT 1 FROM \"documents\" AS \"tenancy_owner_0\" WHERE \
         \"tenancy_owner_0\".\"id\" = \"files\".\"document_id\" AND \
         \"tenancy_owner_0\".\"tenant_id\" = $4) THEN TRUE ELSE ('tenancy: the owner of a new row is \
         not of this tenant' || coalesce(left(\"files\".\"document_id\"::text, 0), ''))::bool END"
    );
}

#[test]
fn binds_show_the_tenant_and_nothing_renders_for_an_invalid_one() {
    let shown = debug_query(projects::table.select(projects::id), A)
        .unwrap()
        .to_string();
    assert!(
        shown.ends_with("-- binds: [OrgId(00000000-0000-0000-0000-00000000000a)]"),
        "{shown}"
    );
    let nil = OrgId(uuid::Uuid::nil());
    assert!(matches!(
        debug_query(projects::table, nil),
        Err(ScopeError::InvalidTenant(_))
    ));
}

/// PostgreSQL pulls the sub-selects up: the plan is that of the hand-written filter.
#[test]
fn the_plan_equals_the_hand_written_one() {
    use diesel::sql_types::Text;
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        line: String,
    }
    let shop = Shop::new(Layers::FilterOnly);
    let mut conn = shop.superuser();
    let mut plan = |sql: String| -> Vec<String> {
        let sql = sql
            .replace("$1", &format!("'{}'", A.0))
            .replace("$2", &format!("'{}'", A.0))
            .replace("$3", "'de'");
        diesel::sql_query(format!("EXPLAIN (COSTS OFF) {sql}"))
            .load::<Line>(&mut conn)
            .unwrap()
            .into_iter()
            .map(|row| row.line)
            .collect()
    };
    let ours = sql_of!(
        projects::table
            .left_join(tasks::table)
            .filter(projects::country.eq("de"))
            .order(projects::id)
            .limit(5)
            .select((projects::name, tasks::title.nullable()))
    )
    .replace("LIMIT $4", "LIMIT 5");
    let by_hand = "SELECT projects.name, tasks.title FROM projects LEFT OUTER JOIN tasks \
                   ON tasks.project_id = projects.id AND tasks.tenant_id = $2 \
                   WHERE projects.country = $3 AND projects.tenant_id = $1 \
                   ORDER BY projects.id LIMIT 5";
    assert_eq!(plan(ours), plan(by_hand.to_owned()));
    let ours = sql_of!(
        tasks::table
            .filter(tasks::project_id.eq(2))
            .select(tasks::id)
            .for_update()
            .skip_locked()
    )
    .replace("$2", "2");
    let by_hand =
        "SELECT id FROM tasks WHERE tenant_id = $1 AND project_id = 2 FOR UPDATE SKIP LOCKED";
    let without_alias = |lines: Vec<String>| -> Vec<String> {
        lines
            .into_iter()
            .map(|line| line.replace(" on tasks tasks_1", " on tasks"))
            .collect()
    };
    assert_eq!(
        without_alias(plan(ours)),
        without_alias(plan(by_hand.to_owned()))
    );
}
