//! The migration.

use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::sql_query;
use tenancy_diesel::PolicyOptions;
use tenancy_diesel::audit::Audit;
use tenancy_diesel::erasure::Erasure;
use tenancy_diesel::portability::{Export, Import};
use tenancy_diesel::search::SearchTables;
use tenancy_tests::{A, B, OrgId};

use crate::world::{Line, Mode, World, block_on, texts};

#[test]
fn the_migration_is_written_once_and_reverts_itself() {
    let directory = tempfile::tempdir().unwrap();
    let migrations = SearchTables::of::<OrgId>().migrations();
    let files = migrations
        .write_to(directory.path(), "2026-11-25-120000")
        .unwrap();
    assert!(files[0].ends_with("2026-11-25-120000_search/up.sql"));
    assert!(
        migrations
            .write_to(directory.path(), "2026-11-25-120000")
            .is_err()
    );

    let world = World::new(Mode::Blocking);
    let mut superuser = world.superuser();
    let down = std::fs::read_to_string(&files[1]).unwrap();
    superuser.batch_execute(&down).unwrap();
    let left: Vec<Line> = sql_query(
        "SELECT relname::text AS text FROM pg_class WHERE relname LIKE 'search\\_%' \
         UNION ALL SELECT proname::text FROM pg_proc WHERE proname LIKE 'search\\_%'",
    )
    .load(&mut superuser)
    .unwrap();
    assert_eq!(texts(left), [""; 0]);
    superuser
        .batch_execute(&std::fs::read_to_string(&files[0]).unwrap())
        .unwrap();
}

#[test]
fn the_type_of_the_tenant_is_that_of_its_column() {
    for (up, column) in [
        (
            SearchTables::of::<i32>().migrations(),
            "tenant_id int4 NOT NULL",
        ),
        (
            SearchTables::of::<String>().migrations(),
            "tenant_id text NOT NULL",
        ),
        (
            SearchTables::of::<OrgId>().migrations(),
            "tenant_id uuid NOT NULL",
        ),
    ] {
        assert_eq!(up.as_slice()[0].up().matches(column).count(), 2, "{column}");
    }
}

#[test]
fn words_follow_documents_that_raw_sql_writes() {
    let world = World::new(Mode::Blocking);
    let mut scope = world.scope(A);
    sql_query(format!(
        "INSERT INTO search_documents SELECT '{}', 'n', i::text, 'simple', '', '', to_tsvector('simple', 'w' || i) \
         FROM generate_series(1, 3) AS i",
        A.0
    ))
    .execute(&mut scope)
    .unwrap();
    assert_eq!(world.words(A, "2"), ["w2"]);
    sql_query(
        "UPDATE search_documents SET words = to_tsvector('simple', 'changed') WHERE id = '2'",
    )
    .execute(&mut scope)
    .unwrap();
    assert_eq!(world.words(A, "2"), ["changed"]);
    sql_query("DELETE FROM search_documents WHERE id <> '3'")
        .execute(&mut scope)
        .unwrap();
    assert_eq!(
        (world.words(A, "2").len(), world.words(A, "3").len()),
        (0, 1)
    );
}

#[test]
fn an_auditor_finds_nothing_wrong_with_the_tables() {
    let world = World::new(Mode::Blocking);
    let options = PolicyOptions::new()
        .app_role(world.app())
        .eraser_role(world.eraser_role());
    let audit = Audit::new(&crate::schema::REGISTRY).policies(options);
    let report = audit.run(&mut world.superuser()).unwrap();
    let of_the_server = [
        "server-flaw",
        "privilege-temporary",
        "policy-references-missing",
    ];
    let mut findings = report.findings.iter();
    let found = findings.find(|finding| !of_the_server.contains(&finding.rule.id()));
    assert!(found.is_none(), "{found:#?}");
    assert_eq!(report.tables.len(), 2);
}

#[test]
fn an_export_of_the_index_is_imported_for_another_tenant() {
    const C: OrgId = OrgId(uuid::Uuid::from_u128(0xc));
    let world = World::new(Mode::Blocking);
    world.put(A, "1", "roof", "cellar");
    world.put(B, "1", "of B", "");
    let directory = tempfile::tempdir().unwrap();
    Export::new(&crate::schema::REGISTRY)
        .run_blocking(&mut world.scope(A), directory.path())
        .unwrap();
    // The words come before the documents, whose trigger then finds them there.
    Import::new(&crate::schema::REGISTRY)
        .run_blocking(&mut world.scope(C), directory.path())
        .unwrap();
    assert_eq!(world.words(C, "1"), world.words(A, "1"));
    assert_eq!(world.ids(C, "cellar -boat"), ["1"]);
    world.put(C, "1", "boat", "");
    assert_eq!(world.words(C, "1"), ["boat"]);
    assert_eq!(world.ids(A, "roof"), ["1"]);
}

#[test]
fn an_erasure_finds_the_tables_and_keeps_the_other_tenants_documents() {
    let world = World::new(Mode::Blocking);
    for id in ["1", "2"] {
        world.put(A, id, "roof", "of A");
        world.put(B, id, "roof", "of B");
    }
    let report = block_on(async {
        let mut conn = world.eraser().await;
        let erasure = Erasure::new(&crate::schema::REGISTRY).requested_by("alice", "a test");
        let plan = erasure.plan(&mut conn, &A).await.unwrap();
        erasure.execute(&mut conn, &plan, |_| ()).await.unwrap()
    });
    assert!(
        report
            .steps
            .iter()
            .any(|step| step.name.contains("search_documents")),
        "{report}"
    );
    assert_eq!((world.count(A), world.words(A, "1").len()), (0, 0));
    assert_eq!(world.ids(B, "roof"), ["1", "2"]);
}
