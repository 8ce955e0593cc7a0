//! Files that somebody made or changed, who wants to write rows of another tenant or to read what is not theirs.

use std::fs;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::{Value, json};
use tenancy_diesel::Scoped;
use tenancy_diesel::portability::{Import, Mistake, PortabilityError};
use tenancy_tests::B;

use crate::schema::REGISTRY;
use crate::world::*;

/// The files are refused, and nothing was changed, of the tenant and of the other one.
#[track_caller]
fn refused(world: &World, is_expected: impl FnOnce(&PortabilityError) -> bool) {
    let others = world.rows(&world.target, &world.new, B);
    let error = world.import("a").unwrap_err();
    assert!(is_expected(&error), "{error:?}");
    assert_eq!(world.imported(), 0);
    assert_eq!(world.rows(&world.target, &world.new, B), others);
}

#[track_caller]
fn refused_files(world: &World, mistake: &Mistake) {
    refused(
        world,
        |error| matches!(error, PortabilityError::Files(found) if found == mistake),
    );
}

fn exported() -> World {
    let world = World::new();
    world.export("a");
    world
}

fn line(table: &'static str, line: u64) -> Mistake {
    Mistake::Line { table, line }
}

#[test]
fn rows_that_name_another_tenant_are_refused() {
    let b = B.0.to_string();
    // In the row alone, and in the manifest as well.
    let world = exported();
    world.edit("a", "notes", |row| row["tenant_id"] = json!(b));
    refused_files(&world, &line("notes", 1));
    let (_, place) = world.file("a", "notes");
    world.edit_manifest("a", |manifest| {
        let columns = manifest["tables"][place]["columns"].as_array_mut().unwrap();
        columns.push(json!({"name": "tenant_id", "type": "uuid"}));
    });
    let mistake = Mistake::Column {
        table: "notes",
        number: 4,
    };
    refused_files(&world, &mistake);
}

#[test]
fn the_tenant_that_the_manifest_names_gets_nothing() {
    let world = exported();
    let others = world.rows(&world.target, &world.new, B);
    world.edit_manifest("a", |manifest| manifest["tenant"] = json!(B.0.to_string()));
    // The keys are not those of the tenant that it claims to be.
    refused(&world, |error| {
        matches!(error, PortabilityError::OtherTenant)
    });
    // Without keys of it, everything lands in the tenant of the scope.
    world.edit("a", "things", |row| row["sponsor"] = Value::Null);
    let keys = world.new_keys(C);
    complete(Import::new(&REGISTRY).keys(&keys))
        .run_blocking(&mut world.target_scope(C), world.path("a"))
        .unwrap();
    assert_eq!(world.rows(&world.target, &world.new, B), others);
    assert!(world.imported() > 1234);
}

#[test]
fn a_reference_to_the_row_of_another_tenant_is_refused_where_the_foreign_key_allows_it() {
    let world = exported();
    world.edit("a", "notes", |row| row["document_id"] = json!("101"));
    refused(
        &world,
        |error| matches!(error, PortabilityError::ForeignReference { table, .. } if table == "notes"),
    );
    // Control: the foreign key and the policies take it.
    let c = C.0;
    world.execute(
        &world.target,
        &format!("INSERT INTO organisations VALUES ('{c}', 'c')"),
    );
    let mut app = PgConnection::establish(&world.target.url_as(&world.app)).unwrap();
    app.batch_execute(&format!(
        "BEGIN; SET LOCAL app.tenant_id = '{c}'; INSERT INTO notes VALUES ('{c}', 1, 101, 'mine'); COMMIT"
    ))
    .unwrap();
}

#[test]
fn a_row_that_is_owned_through_the_row_of_another_tenant_is_refused() {
    let world = exported();
    world.edit("a", "files", |row| row["document_id"] = json!("101"));
    refused(&world, |error| {
        matches!(error, PortabilityError::Database(_))
    });
    // Control: without the policy the foreign key takes it, and the import still does not.
    world.execute(
        &world.target,
        "DROP POLICY tenancy_guard ON files; DROP POLICY tenancy_scope ON files;
         CREATE POLICY everything ON files USING (true)",
    );
    refused(
        &world,
        |error| matches!(error, PortabilityError::ForeignReference { table, .. } if table == "files"),
    );
}

#[test]
fn the_id_of_another_tenant_in_an_ordinary_column_is_refused() {
    let world = exported();
    let b = B.0.to_string();
    world.edit("a", "things", |row| row["sponsor"] = json!(b));
    refused_files(&world, &line("things", 1));
}

#[test]
fn names_of_tables_and_columns_are_looked_up_and_never_used() {
    let world = exported();
    let manifest = world.manifest("a");
    for name in [
        "../people",
        "pg_catalog.pg_authid",
        "countries",
        "legacy_events",
        "people; DROP TABLE people",
        "billing.people",
        "",
    ] {
        world.edit_manifest("a", |manifest| manifest["tables"][0]["table"] = json!(name));
        refused_files(&world, &Mistake::Table { number: 1 });
        world.put_manifest("a", &manifest);
    }
    let (_, place) = world.file("a", "things");
    let mistake = Mistake::Column {
        table: "things",
        number: 2,
    };
    for name in [
        "id\" , \"name",
        "doubled",
        "tenant_id",
        "ctid",
        "nothing",
        "",
    ] {
        world.edit_manifest("a", |manifest| {
            manifest["tables"][place]["columns"][1]["name"] = json!(name);
        });
        refused_files(&world, &mistake);
        world.put_manifest("a", &manifest);
    }
    // Twice the same table, and twice the same column.
    world.edit_manifest("a", |manifest| {
        let first = manifest["tables"][0].clone();
        manifest["tables"].as_array_mut().unwrap().push(first);
    });
    refused_files(&world, &Mistake::Table { number: 11 });
    world.put_manifest("a", &manifest);
    world.edit_manifest("a", |manifest| {
        let columns = manifest["tables"][place]["columns"].as_array_mut().unwrap();
        columns[1] = columns[0].clone();
    });
    refused_files(&world, &mistake);
    // Control.
    world.put_manifest("a", &manifest);
    world.import("a").unwrap();
}

#[test]
#[cfg(unix)]
fn links_lead_nowhere() {
    use std::os::unix::fs::symlink;

    // A file of this machine whose lines would become rows of the tenant, which then reads them.
    let world = exported();
    let (file, _) = world.file("a", "notes");
    let elsewhere = world.path("elsewhere");
    fs::rename(&file, &elsewhere).unwrap();
    symlink(&elsewhere, &file).unwrap();
    refused_files(&world, &Mistake::NoFile { table: "notes" });
    // Control: the same file in its place is taken.
    fs::remove_file(&file).unwrap();
    fs::rename(&elsewhere, &file).unwrap();
    let tables = world.path("a").join("tables");
    fs::rename(&tables, &elsewhere).unwrap();
    symlink(&elsewhere, &tables).unwrap();
    refused(&world, |error| {
        matches!(error, PortabilityError::Files(Mistake::NoFile { .. }))
    });
    fs::remove_file(&tables).unwrap();
    fs::rename(&elsewhere, &tables).unwrap();
    let manifest = world.path("a").join("manifest.json");
    fs::rename(&manifest, &elsewhere).unwrap();
    symlink(&elsewhere, &manifest).unwrap();
    refused_files(&world, &Mistake::Manifest);
    fs::remove_file(&manifest).unwrap();
    fs::rename(&elsewhere, &manifest).unwrap();
    world.import("a").unwrap();
}

#[test]
fn lines_that_are_no_rows_are_refused() {
    let world = exported();
    let row = r#"{"id":"1","document_id":null,"body":"x"}"#;
    for forged in [
        "\n",
        "null\n",
        "[]\n",
        "{}\n",
        "{\"id\":\"1\"}\n",
        "not json\n",
        row,
        &format!("{row} {row}\n"),
        "{\"id\":\"1\",\"document_id\":null,\"body\":7}\n",
        "{\"id\":\"1\",\"document_id\":null,\"body\":{\"sealed\":\"f901\"}}\n",
        "{\"id\":\"1\",\"document_id\":null,\"body\":\"x\",\"body\":\"y\"}\n",
        "{\"id\":\"1\",\"document_id\":null,\"body\":\"a\\u0000b\"}\n",
        &format!("{}1{}\n", "[".repeat(5000), "]".repeat(5000)),
    ] {
        world.forge("a", "notes", forged.as_bytes());
        refused_files(&world, &line("notes", 1));
    }
    world.forge(
        "a",
        "notes",
        b"{\"id\":\"1\",\"document_id\":null,\"body\":\"\xff\"}\n",
    );
    refused_files(&world, &line("notes", 1));
    // Control.
    world.forge("a", "notes", format!("{row}\n").as_bytes());
    world.import("a").unwrap();
}

#[test]
fn a_line_without_end_is_refused_before_it_is_in_memory() {
    let world = exported();
    let long = format!(
        "{{\"id\":\"1\",\"document_id\":null,\"body\":\"{}\"}}\n",
        "x".repeat(10_000)
    );
    world.forge("a", "notes", long.as_bytes());
    let keys = world.new_keys(C);
    let import = |bytes| {
        complete(Import::new(&REGISTRY).keys(&keys))
            .longest_line(bytes)
            .run_blocking(&mut world.target_scope(C), world.path("a"))
    };
    let error = import(long.len() - 2).unwrap_err();
    assert!(matches!(
        error,
        PortabilityError::Files(Mistake::LongLine {
            table: "notes",
            line: 1,
            ..
        })
    ));
    assert_eq!(world.imported(), 0);
    // The line break does not count.
    import(long.len() - 1).unwrap();
}

#[test]
fn files_that_are_not_the_exported_ones_are_refused() {
    let world = exported();
    let (notes, place) = world.file("a", "notes");
    let text = fs::read_to_string(&notes).unwrap();
    for changed in [
        text.replace("loose", "LOOSE"),
        text.lines().next().unwrap().to_owned() + "\n",
        String::new(),
    ] {
        fs::write(&notes, changed).unwrap();
        refused_files(&world, &Mistake::Differs { table: "notes" });
    }
    fs::write(&notes, &text).unwrap();
    world.edit_manifest("a", |manifest| manifest["tables"][place]["rows"] = json!(3));
    refused_files(&world, &Mistake::Differs { table: "notes" });
    fs::remove_file(&notes).unwrap();
    refused_files(&world, &Mistake::NoFile { table: "notes" });
}

#[test]
fn a_manifest_that_is_none_or_of_a_later_release_is_refused() {
    let world = exported();
    world.edit_manifest("a", |manifest| manifest["format"] = json!(2));
    refused_files(&world, &Mistake::Format { format: 2 });
    world.edit_manifest("a", |manifest| {
        manifest["format"] = json!(1);
        manifest["more"] = json!(1);
    });
    refused_files(&world, &Mistake::Manifest);
    world.edit_manifest("a", |manifest| {
        manifest.as_object_mut().unwrap().remove("more");
        manifest["tenant_type"] = json!("int4");
    });
    refused_files(&world, &Mistake::TenantType);
    fs::remove_file(world.path("a").join("manifest.json")).unwrap();
    refused_files(&world, &Mistake::Manifest);
}

#[test]
fn plaintext_gets_into_no_encrypted_column_and_envelopes_of_others_are_refused() {
    let world = exported();
    world.edit("a", "people", |row| row["email"] = json!("plain@a.example"));
    refused_files(&world, &line("people", 1));
    // B's envelope among A's sealed values, to be opened for A.
    let world = World::new();
    world.export_sealed("a");
    let of_b = world
        .old_keys(B)
        .column(&EMAIL_LABEL)
        .unwrap()
        .seal("of b")
        .unwrap();
    let of_b: String = of_b.iter().map(|byte| format!("{byte:02x}")).collect();
    world.edit("a", "people", |row| row["email"] = json!({"sealed": of_b}));
    refused(
        &world,
        |error| matches!(error, PortabilityError::Encryption { column, .. } if column == "email"),
    );
    // And one that claims to be another row's.
    let world = World::new();
    world.export_sealed("a");
    world.edit("a", "people", |row| {
        if row["id"] == "2" {
            row["id"] = json!("5");
        }
    });
    refused(
        &world,
        |error| matches!(error, PortabilityError::Encryption { column, .. } if column == "pin"),
    );
}

#[test]
fn a_role_that_row_level_security_does_not_confine_imports_nothing() {
    let world = exported();
    let keys = world.new_keys(C);
    let conn = PgConnection::establish(&world.target.url()).unwrap();
    let mut scope = Scoped::open(conn, C).unwrap();
    let refused =
        complete(Import::new(&REGISTRY).keys(&keys)).run_blocking(&mut scope, world.path("a"));
    assert!(matches!(refused, Err(PortabilityError::NotConfined { .. })));
    assert_eq!(world.imported(), 0);
}

#[test]
fn a_second_row_of_the_table_of_tenants_is_refused() {
    let world = exported();
    world.forge(
        "a",
        "organisations",
        b"{\"name\":\"a\"}\n{\"name\":\"b\"}\n",
    );
    refused_files(&world, &line("organisations", 2));
}

#[test]
fn a_row_that_a_trigger_swallows_makes_all_of_it_fail() {
    let world = exported();
    world.execute(
        &world.target,
        "CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
         CREATE TRIGGER swallow BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION swallow()",
    );
    refused(
        &world,
        |error| matches!(error, PortabilityError::NotInserted { table } if table == "notes"),
    );
}
