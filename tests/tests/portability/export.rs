use std::fs;

use diesel::{Connection, PgConnection};
use serde_json::{Value, json};
use tenancy_diesel::Scoped;
use tenancy_diesel::portability::{Export, PortabilityError};
use tenancy_tests::{A, B};

use crate::schema::REGISTRY;
use crate::world::*;

#[test]
fn each_table_has_a_file_of_the_tenants_rows_and_the_manifest_says_what_they_are() {
    let world = World::new();
    let manifest = world.export("a");
    let count = |table: &str| {
        let table = manifest.tables.iter().find(|t| t.table == table).unwrap();
        table.rows
    };
    assert_eq!(manifest.tenant, A.0.to_string());
    assert_eq!(count("organisations"), 1);
    assert_eq!(count("people"), 4);
    assert_eq!(count("billing::people"), 1234);
    assert_eq!(count("files"), 2);
    assert_eq!(manifest.tables.len(), 10);
    assert_eq!(manifest.left.len(), 1);
    assert_eq!(manifest.left[0].table, "legacy_events");
    assert_eq!(manifest.left[0].reason, "goes away in March");

    let (file, _) = world.file("a", "people");
    let text = fs::read_to_string(file).unwrap();
    let ada: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
    assert_eq!(ada["name"], "Ada a");
    assert_eq!(ada["parent_id"], "4");
    assert_eq!(
        ada["email"],
        json!({"codec": "utf8", "text": SECRET, "padded": 64})
    );
    assert_eq!(
        ada["pin"],
        json!({"codec": "int4", "text": "1001", "row_bound": true})
    );
    // Neither the tenant's id nor generated values are among the columns.
    let (file, _) = world.file("a", "things");
    let text = fs::read_to_string(file).unwrap();
    assert!(text.contains("9007199254740993") && !text.contains("18014398509481986"));
    assert!(!text.contains("tenant_id"));
}

#[test]
fn nothing_of_another_tenant_is_in_the_files() {
    let world = World::new();
    world.export("a");
    let mut looked = 0;
    let mut folders = vec![world.path("a")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            looked += 1;
            assert!(!text.contains(&B.0.to_string()));
            for of_b in [
                "org b",
                "Ada b",
                "plan b",
                "plan-b.pdf",
                "note b",
                "@b.example",
            ] {
                assert!(!text.contains(of_b), "{of_b}");
            }
        }
    }
    assert_eq!(looked, 11);
}

#[test]
fn sealed_files_hold_no_plaintext_and_opened_ones_do() {
    let world = World::new();
    for (name, opened) in [("opened", true), ("sealed", false)] {
        let manifest = if opened {
            world.export(name)
        } else {
            world.export_sealed(name)
        };
        assert_eq!(manifest.opened, opened);
        let (file, _) = world.file(name, "people");
        let text = fs::read_to_string(file).unwrap();
        assert_eq!(text.contains(SECRET), opened);
        assert_eq!(text.contains("\"sealed\":\"f901"), !opened);
    }
}

#[test]
fn all_files_are_of_one_moment() {
    let world = World::new();
    let mut first = true;
    let manifest = Export::new(&REGISTRY)
        .on_progress(|_| {
            if std::mem::take(&mut first) {
                let a = A.0;
                world.execute(
                    &world.source,
                    &format!(
                        "DELETE FROM files WHERE id < 100; UPDATE people SET name = 'late' WHERE tenant_id = '{a}';
                         INSERT INTO billing.people VALUES ('{a}', 9999, 1); DELETE FROM settings"
                    ),
                );
            }
        })
        .run_blocking(&mut world.source_scope(A), world.path("a"))
        .unwrap();
    let rows = |table: &str| {
        manifest
            .tables
            .iter()
            .find(|t| t.table == table)
            .unwrap()
            .rows
    };
    assert_eq!(
        (rows("files"), rows("billing::people"), rows("settings")),
        (2, 1234, 1)
    );
    let (file, _) = world.file("a", "people");
    assert!(!fs::read_to_string(file).unwrap().contains("late"));
}

#[test]
fn a_role_that_row_level_security_does_not_confine_exports_nothing() {
    let world = World::new();
    let conn = PgConnection::establish(&world.source.url()).unwrap();
    let mut scope = Scoped::open(conn, A).unwrap();
    let refused = Export::new(&REGISTRY).run_blocking(&mut scope, world.path("a"));
    assert!(matches!(refused, Err(PortabilityError::NotConfined { .. })));
    assert!(!world.path("a").exists());
    // A single table without policies is enough.
    world.execute(
        &world.source,
        "ALTER TABLE notes DISABLE ROW LEVEL SECURITY",
    );
    let refused = Export::new(&REGISTRY).run_blocking(&mut world.source_scope(A), world.path("a"));
    assert!(matches!(refused, Err(PortabilityError::NotConfined { table }) if table == "notes"));
    assert!(!world.path("a").exists());
}

#[test]
fn a_table_that_nobody_declared_is_refused_until_it_is_left_out_for_a_reason() {
    let world = World::new();
    world.execute(
        &world.source,
        "CREATE TABLE billing.late (customer uuid, tenant_id uuid)",
    );
    let refused = Export::new(&REGISTRY).run_blocking(&mut world.source_scope(A), world.path("a"));
    let Err(PortabilityError::UnknownTables { tables }) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(tables, ["billing.late"]);
    let manifest = Export::new(&REGISTRY)
        .leave("billing.late", "a copy")
        .run_blocking(&mut world.source_scope(A), world.path("a"))
        .unwrap();
    assert_eq!(manifest.left[0].reason, "a copy");
    for declared in ["public.people", "people", "billing.nothing"] {
        let refused = Export::new(&REGISTRY)
            .leave("billing.late", "a copy")
            .leave(declared, "no")
            .run_blocking(&mut world.source_scope(A), world.path("b"));
        assert!(matches!(
            refused,
            Err(PortabilityError::NothingToLeave { .. })
        ));
    }
}

#[test]
fn an_export_is_never_written_over_and_one_that_stopped_has_no_manifest() {
    let world = World::new();
    world.export("a");
    let again = Export::new(&REGISTRY).run_blocking(&mut world.source_scope(A), world.path("a"));
    assert!(matches!(
        again,
        Err(PortabilityError::NotEmptyDirectory { .. })
    ));
    // Values that belong to their rows, and nothing says which.
    let keys = world.old_keys(A);
    let refused = Export::new(&REGISTRY)
        .keys(&keys)
        .run_blocking(&mut world.source_scope(A), world.path("b"));
    assert!(matches!(refused, Err(PortabilityError::RowBound { column, .. }) if column == "pin"));
    assert!(!world.path("b").join("manifest.json").exists());
    assert!(world.import("b").is_err());
}

#[test]
fn keys_of_another_tenant_and_scopes_in_a_transaction_are_refused() {
    let world = World::new();
    let keys = world.old_keys(B);
    let refused = Export::new(&REGISTRY)
        .keys(&keys)
        .run_blocking(&mut world.source_scope(A), world.path("a"));
    assert!(matches!(refused, Err(PortabilityError::OtherTenant)));
    let mut scope = world.source_scope(A);
    let refused = scope.transaction(|scope| {
        let refused = Export::new(&REGISTRY).run_blocking(scope, world.path("a"));
        Ok::<_, diesel::result::Error>(refused)
    });
    assert!(matches!(
        refused.unwrap(),
        Err(PortabilityError::InTransaction)
    ));
}

#[test]
#[cfg(unix)]
fn only_their_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt;

    let world = World::new();
    world.export("a");
    let mode = |path: std::path::PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(world.path("a")), 0o700);
    assert_eq!(mode(world.path("a").join("manifest.json")), 0o600);
    assert_eq!(mode(world.file("a", "people").0), 0o600);
}
