//! Tables of which nobody has said what becomes of them.

use tenancy_diesel::erasure::{ErasureError, StepKind};
use tenancy_diesel::{Class, PolicyOptions, Registry, Table};

use crate::world::{A, TABLES, World, block_on, erasure, erasure_of, policies};

/// A table that is in the database alone, with policies as a migration of the application would have made.
const NOTES: Table = Table {
    path: "notes",
    schema: None,
    name: "notes",
    class: Class::Tenant {
        column: "tenant_id",
    },
    columns: &[],
    primary_key: &["tenant_id", "id"],
    encrypted: &[],
};
const WITH_NOTES: Registry = Registry::new("app.tenant_id", "int8", &[NOTES]);

const CREATE: &str =
    "CREATE TABLE notes (tenant_id int8 NOT NULL, id int8, PRIMARY KEY (tenant_id, id));
     INSERT INTO notes SELECT t, n FROM (VALUES (1), (2)) AS t (t), generate_series(1, 9) AS n;";
const NOTES_OF_A: &str = "SELECT count(*) AS number FROM notes WHERE tenant_id = 1";
const NOTES_OF_B: &str = "SELECT count(*) AS number FROM notes WHERE tenant_id = 2";

fn unknown(world: &World) -> Vec<(String, String)> {
    let of_a = world.of_a();
    let error = block_on(world.erase(&erasure())).unwrap_err();
    assert_eq!(world.of_a(), of_a);
    match error {
        ErasureError::UnknownTables { tables } => tables
            .into_iter()
            .map(|table| (table.table, table.why))
            .collect(),
        other => panic!("{other}"),
    }
}

fn secure(world: &World, options: &PolicyOptions) {
    world.execute(options.generate(&WITH_NOTES).up());
}

#[test]
fn a_table_with_a_tenant_column_that_nobody_knows_is_refused() {
    let world = World::new();
    world.execute(CREATE);
    let expected = (
        "public.notes".to_owned(),
        "has the column tenant_id".to_owned(),
    );
    assert_eq!(unknown(&world), [expected]);
}

#[test]
fn tables_that_are_reached_through_foreign_keys_alone_are_refused_too() {
    let world = World::new();
    world.execute(
        "CREATE TABLE comments (id int8 PRIMARY KEY, document_id int8 REFERENCES documents);
         CREATE TABLE likes (comment_id int8 NOT NULL REFERENCES comments);
         CREATE TABLE owners (org int8 PRIMARY KEY REFERENCES organisations);
         CREATE TABLE unrelated (id int8);",
    );
    let tables: Vec<String> = unknown(&world)
        .into_iter()
        .map(|(table, _)| table)
        .collect();
    assert_eq!(tables, ["public.comments", "public.likes", "public.owners"]);
}

#[test]
fn materialized_views_with_a_tenant_column_are_refused_until_they_are_left() {
    let world = World::new();
    world.execute(
        "CREATE MATERIALIZED VIEW summary AS SELECT tenant_id, count(*) FROM tasks GROUP BY 1",
    );
    let (table, why) = unknown(&world).remove(0);
    assert_eq!(table, "public.summary");
    assert_eq!(why, "is a materialized view and has the column tenant_id");
    let error = block_on(world.erase(&erasure().also("summary"))).unwrap_err();
    assert!(matches!(error, ErasureError::Unsuitable { .. }), "{error}");
    let report = block_on(world.erase(&erasure().leave("summary", "refreshed at night"))).unwrap();
    assert_eq!(report.left[0].table, "public.summary");
    world.assert_erased();
}

#[test]
fn a_partition_of_a_known_table_is_no_unknown_table() {
    let world = World::new();
    world.execute("CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')");
    // A child of a known table has its rows.
    world.execute("CREATE TABLE more_documents () INHERITS (documents)");
    world.execute("INSERT INTO more_documents VALUES (1, 7001, 'x'), (2, 7002, 'x')");
    let owned = "SELECT string_agg(tenant_id::text, ' ') AS text FROM more_documents";
    block_on(world.erase(&erasure().batch(3))).unwrap();
    world.assert_erased();
    assert_eq!(world.texts(owned), ["2"]);
}

#[test]
fn a_table_is_erased_too_where_policies_confine_the_eraser() {
    let world = World::new();
    world.execute(CREATE);
    secure(&world, &policies(world.app_role(), &world.eraser()));
    let report = block_on(world.erase(&erasure().also("notes"))).unwrap();
    world.assert_erased();
    assert_eq!((world.number(NOTES_OF_A), world.number(NOTES_OF_B)), (0, 9));
    assert!(report.steps.iter().any(|step| step.name == "public.notes"));
}

#[test]
fn a_table_is_not_erased_without_policies() {
    let world = World::new();
    world.execute(CREATE);
    world.execute(&format!(
        "GRANT SELECT, DELETE ON notes TO {}",
        world.eraser()
    ));
    let of_a = world.of_a();
    let error = block_on(world.erase(&erasure().also("notes"))).unwrap_err();
    let ErasureError::NotConfined { findings } = &error else {
        panic!("{error}")
    };
    assert!(
        findings
            .iter()
            .any(|finding| finding.to_string().contains("notes"))
    );
    assert_eq!(world.of_a(), of_a);
    assert_eq!(world.number(NOTES_OF_A), 9);
}

#[test]
fn a_table_that_is_owned_through_another_is_erased_where_policies_confine_the_eraser() {
    let world = World::new();
    world.execute(
        "CREATE TABLE comments (id int8 PRIMARY KEY, document_id int8 NOT NULL REFERENCES documents);
         INSERT INTO comments SELECT id, id FROM documents",
    );
    const WITH_COMMENTS: &[Table] = &[
        TABLES[4],
        Table {
            path: "comments",
            name: "comments",
            class: Class::Via {
                column: "document_id",
                owner: "documents",
                owner_key: "id",
            },
            primary_key: &["id"],
            ..NOTES
        },
    ];
    const COMMENTS: Registry = Registry::new("app.tenant_id", "int8", WITH_COMMENTS);
    let options = policies(world.app_role(), &world.eraser());
    world.execute(options.only(["comments"]).generate(&COMMENTS).up());
    block_on(world.erase(&erasure().also("comments"))).unwrap();
    world.assert_erased();
    let left = "SELECT string_agg(DISTINCT (id / 1000)::text, ' ') AS text FROM comments";
    assert_eq!(world.texts(left), ["12 2"]);
}

const fn excluding() -> Registry {
    const EXCLUDED: &[Table] = &[
        Table {
            class: Class::Excluded {
                reason: "moves later",
            },
            ..NOTES
        },
        TABLES[0],
        TABLES[1],
        TABLES[2],
        TABLES[3],
        TABLES[4],
        TABLES[5],
        TABLES[6],
        TABLES[7],
        TABLES[8],
    ];
    Registry::new("app.tenant_id", "int8", EXCLUDED)
}
static EXCLUDING: Registry = excluding();

#[test]
fn an_excluded_table_is_refused_erased_or_left_as_the_caller_says() {
    let world = World::new();
    world.execute(CREATE);
    let error = block_on(world.erase(&erasure_of(&EXCLUDING))).unwrap_err();
    assert!(
        error.to_string().contains("excludes it (moves later)"),
        "{error}"
    );

    let left = erasure_of(&EXCLUDING).leave("notes", "they are anonymous");
    let plan = block_on(world.plan(&left)).unwrap();
    assert_eq!(
        plan.left().collect::<Vec<_>>(),
        [("public.notes", "they are anonymous")]
    );
    assert!(!plan.tables().any(|table| table.name == "public.notes"));

    secure(&world, &policies(world.app_role(), &world.eraser()));
    let report = block_on(world.erase(&erasure_of(&EXCLUDING).also("notes"))).unwrap();
    assert!(report.items(StepKind::Rows) > 200);
    assert_eq!((world.number(NOTES_OF_A), world.number(NOTES_OF_B)), (0, 9));
}

#[test]
fn a_table_that_comes_between_plan_and_execution_stops_it() {
    let world = World::new();
    let of_a = world.of_a();
    let error = block_on(async {
        let mut conn = world.connect().await;
        let plan = erasure().plan(&mut conn, &A).await.unwrap();
        world.execute(CREATE);
        erasure()
            .execute(&mut conn, &plan, |_| ())
            .await
            .unwrap_err()
    });
    assert!(
        matches!(error, ErasureError::UnknownTables { .. }),
        "{error}"
    );
    assert_eq!(world.of_a(), of_a);
}

#[test]
fn a_table_that_comes_during_the_execution_is_found_at_its_end() {
    let world = World::new();
    let mut created = false;
    let erasure_now = erasure();
    let error = block_on(async {
        let mut conn = world.connect().await;
        let plan = erasure_now.plan(&mut conn, &A).await.unwrap();
        let create = |_: &_| {
            if !created {
                created = true;
                world.execute(CREATE);
            }
        };
        erasure_now
            .execute(&mut conn, &plan, create)
            .await
            .unwrap_err()
    });
    assert!(
        matches!(error, ErasureError::UnknownTables { .. }),
        "{error}"
    );
    let finished = "SELECT count(*) AS number FROM tenancy.erasures WHERE kind = 'finish'";
    assert_eq!(world.number(finished), 0);
    // Once somebody has decided, it goes on from there.
    let report = block_on(world.erase(&erasure().leave("notes", "anonymous"))).unwrap();
    assert!(report.items(StepKind::Rows) > 200);
    assert_eq!(
        world.number("SELECT count(DISTINCT erasure) AS number FROM tenancy.erasures"),
        1
    );
}

#[test]
fn decisions_name_tables_that_are_there() {
    let world = World::new();
    for erasure in [
        erasure().also("nothing"),
        erasure().leave("public.nothing", "x"),
        erasure().anonymise("nothing", |fields| fields.null("a")),
    ] {
        let error = block_on(world.plan(&erasure)).unwrap_err();
        assert!(matches!(error, ErasureError::NoTable { .. }), "{error}");
    }
    let twice = block_on(world.plan(&erasure().leave("audit_log", "x"))).unwrap_err();
    assert_eq!(
        twice.to_string(),
        "table `public.audit_log` is decided about twice"
    );
}
