use tenancy_diesel::portability::{Export, Import, Mistake, PortabilityError};
use tenancy_tests::{A, B};

use crate::schema::REGISTRY;
use crate::world::*;

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

#[test]
fn a_tenant_is_the_same_under_another_id_in_another_database() {
    let world = World::new();
    let before = world.rows(&world.source, &world.old, A);
    let others = world.rows(&world.target, &world.new, B);
    for sealed in [false, true] {
        let name = format!("sealed-{sealed}");
        let manifest = if sealed {
            world.export_sealed(&name)
        } else {
            world.export(&name)
        };
        let report = world.import(&name).unwrap();
        assert_eq!(report.rows(), manifest.rows());
        assert_eq!(world.rows(&world.target, &world.new, C), before);
        assert_eq!(world.rows(&world.target, &world.new, B), others);
        assert_eq!(world.rows(&world.source, &world.old, A), before);
        let c = C.0;
        world.execute(
            &world.target,
            &format!(
                "BEGIN; UPDATE teams SET lead_id = NULL; DELETE FROM files WHERE document_id < 100;
                 DELETE FROM notes WHERE tenant_id = '{c}'; DELETE FROM documents WHERE tenant_id = '{c}';
                 DELETE FROM people WHERE tenant_id = '{c}'; DELETE FROM teams WHERE tenant_id = '{c}';
                 DELETE FROM things WHERE tenant_id = '{c}'; DELETE FROM moments WHERE tenant_id = '{c}';
                 DELETE FROM settings WHERE tenant_id = '{c}'; DELETE FROM billing.people WHERE customer = '{c}';
                 UPDATE teams SET lead_id = 3 WHERE tenant_id = '{b}' AND id = 1;
                 DELETE FROM organisations WHERE id = '{c}'; COMMIT",
                b = B.0
            ),
        );
    }
}

#[test]
fn asynchronous_scopes_do_the_same_and_their_futures_can_be_spawned() {
    let world = std::sync::Arc::new(World::new());
    let before = world.rows(&world.source, &world.old, A);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let shared = world.clone();
    let task = runtime.spawn(async move {
        let (old, new) = (
            shared.old.unlock(&A).await.unwrap(),
            shared.new.unlock(&C).await.unwrap(),
        );
        let mut source = shared.async_scope(&shared.source, A).await;
        let export = with_row_ids(Export::new(&REGISTRY).keys(&old));
        export.run(&mut source, shared.path("a")).await.unwrap();
        let mut target = shared.async_scope(&shared.target, C).await;
        let import = complete(Import::new(&REGISTRY).keys(&new));
        import.run(&mut target, shared.path("a")).await.unwrap()
    });
    let report = runtime.block_on(task).unwrap();
    assert!(report.rows() > 1234);
    assert_eq!(world.rows(&world.target, &world.new, C), before);
}

#[test]
fn a_future_that_is_dropped_leaves_nothing_behind() {
    let world = World::new();
    world.export("a");
    block_on(async {
        let keys = world.new.unlock(&C).await.unwrap();
        let mut target = world.async_scope(&world.target, C).await;
        let import = complete(Import::new(&REGISTRY).keys(&keys));
        let (tell, told) = tokio::sync::oneshot::channel();
        let mut tell = Some(tell);
        let import = import.on_progress(move |table| {
            if table.table == "people" {
                let _ = tell.take().map(|tell| tell.send(()));
            }
        });
        tokio::select! {
            biased;
            _ = told => {}
            report = import.run(&mut target, world.path("a")) => panic!("{report:?}"),
        }
    });
    assert_eq!(world.imported(), 0);
    world.import("a").unwrap();
}

#[test]
fn a_tenant_that_has_rows_is_not_imported_into() {
    let world = World::new();
    world.export("a");
    world.import("a").unwrap();
    let rows = world.rows(&world.target, &world.new, C);
    assert!(matches!(
        world.import("a"),
        Err(PortabilityError::NotEmpty { .. })
    ));
    assert_eq!(world.rows(&world.target, &world.new, C), rows);
}

#[test]
fn the_tenants_own_row_may_be_there_and_stays() {
    let world = World::new();
    world.export("a");
    let c = C.0;
    world.execute(
        &world.target,
        &format!("INSERT INTO organisations VALUES ('{c}', 'new name')"),
    );
    world.import("a").unwrap();
    let rows = world.rows(&world.target, &world.new, C);
    assert!(rows.iter().any(|row| row.contains("new name")));
    assert!(!rows.iter().any(|row| row.contains("org a")));
}

#[test]
fn the_tenants_own_row_is_not_left_out_because_another_key_of_it_is_taken() {
    let world = World::new();
    world.export("a");
    world.execute(&world.target, "UPDATE organisations SET name = 'org a'");
    let error = world.import("a").unwrap_err();
    assert!(matches!(&error, PortabilityError::Taken { table } if table == "organisations"));
    assert_eq!(world.imported(), 0);
}

#[test]
fn a_key_that_does_not_lead_with_the_tenant_and_is_taken_is_refused() {
    let world = World::new();
    world.export("a");
    // B has a document of this id here. The error does not say so.
    world.execute(
        &world.target,
        &format!("INSERT INTO documents VALUES ('{}', 1, 'secret')", B.0),
    );
    let error = world.import("a").unwrap_err();
    assert!(matches!(&error, PortabilityError::Taken { table } if table == "documents"));
    assert_eq!(world.imported(), 0);
}

#[test]
fn a_row_of_a_shared_table_that_is_missing_is_named_by_its_table() {
    let world = World::new();
    world.export("a");
    world.execute(
        &world.target,
        "UPDATE people SET country = NULL; DELETE FROM countries WHERE code = 'fr'",
    );
    let error = world.import("a").unwrap_err();
    assert!(matches!(&error, PortabilityError::MissingReference { table } if table == "people"));
    assert_eq!(world.imported(), 0);
}

#[test]
fn sealed_values_of_another_tenant_need_its_keys() {
    let world = World::new();
    world.export_sealed("a");
    let (old, new) = (world.old_keys(A), world.new_keys(C));
    let import = |import: Import<'_>| {
        complete(import)
            .run_blocking(&mut world.target_scope(C), world.path("a"))
            .unwrap_err()
    };
    let without = import(Import::new(&REGISTRY).keys(&new));
    assert!(matches!(without, PortabilityError::NoSourceKeys));
    let without = import(Import::new(&REGISTRY).source_keys(&old));
    assert!(matches!(without, PortabilityError::NoKeys { .. }));
    let of_b = world.old_keys(B);
    let others = import(Import::new(&REGISTRY).keys(&new).source_keys(&of_b));
    assert!(matches!(others, PortabilityError::OtherTenant));
    assert_eq!(world.imported(), 0);
}

#[test]
fn sealed_values_of_the_same_tenant_stay_as_they_are() {
    let world = World::new();
    let before = world.rows(&world.source, &world.old, A);
    world.export_sealed("a");
    Import::new(&REGISTRY)
        .run_blocking(&mut world.target_scope(A), world.path("a"))
        .unwrap();
    // The old key store was moved too.
    assert_eq!(world.rows(&world.target, &world.old, A), before);
}

#[test]
fn sequences_that_are_behind_are_named_with_what_moves_them() {
    let world = World::new();
    world.export("a");
    let report = world.import("a").unwrap();
    assert_eq!(report.sequences.len(), 1);
    let sequence = &report.sequences[0];
    assert_eq!((sequence.table, sequence.greatest), ("things", 900));
    world.execute(&world.target, &sequence.to_string());
    let c = C.0;
    world.execute(
        &world.target,
        &format!("INSERT INTO things (tenant_id, \"odd \"\"name\") VALUES ('{c}', 'next')"),
    );
    let rows = world.rows(&world.target, &world.new, C);
    assert!(
        rows.iter().any(|row| row.contains("\"id\": 901")),
        "{rows:?}"
    );
}

#[test]
fn a_blind_index_that_is_not_there_is_refused() {
    let world = World::new();
    world.export("a");
    let keys = world.new_keys(C);
    for (column, encrypted) in [
        ("email_index", "name"),
        ("nothing", "email"),
        ("pin", "email"),
    ] {
        let refused = complete(Import::new(&REGISTRY).keys(&keys))
            .blind_index("people", column, encrypted, crate::schema::EMAIL)
            .run_blocking(&mut world.target_scope(C), world.path("a"));
        assert!(
            matches!(refused, Err(PortabilityError::NoColumn { .. })),
            "{column}"
        );
    }
}

#[test]
fn a_column_that_the_target_does_not_have_is_refused_and_a_new_one_has_its_default() {
    let world = World::new();
    world.export("a");
    world.execute(
        &world.target,
        "ALTER TABLE notes ADD COLUMN stars int4 NOT NULL DEFAULT 5",
    );
    world.import("a").unwrap();
    let rows = world.rows(&world.target, &world.new, C);
    assert!(rows.iter().any(|row| row.contains("\"stars\": 5")));

    let world = World::new();
    world.export("a");
    world.execute(&world.target, "ALTER TABLE notes DROP COLUMN body");
    assert!(matches!(
        world.import("a"),
        Err(PortabilityError::Files(Mistake::Column {
            table: "notes",
            ..
        }))
    ));
}
