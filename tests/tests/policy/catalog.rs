//! What the texts leave in the catalog.

use std::path::PathBuf;
use std::process::Command;

use diesel::connection::SimpleConnection;
use tenancy_diesel::{OnMissing, PolicyOptions};

use crate::database::{SCOPED, SHOP, Shop, lines};

/// Flags, policies, privileges, indexes and constraints, a line for each.
const CATALOG: &str = "
    SELECT concat_ws(' ', 'table', oid::regclass, relrowsecurity, relforcerowsecurity)
    FROM pg_class WHERE relnamespace IN ('public'::regnamespace, 'billing'::regnamespace)
    UNION ALL
    SELECT concat_ws(' ', 'policy', p::text) FROM pg_policies AS p
    UNION ALL
    SELECT concat_ws(' ', 'privilege', c.oid::regclass, grantee::regrole, privilege_type)
    FROM pg_class AS c, aclexplode(relacl)
    WHERE relnamespace IN ('public'::regnamespace, 'billing'::regnamespace)
    UNION ALL
    SELECT concat_ws(' ', 'index', indexdef) FROM pg_indexes WHERE schemaname IN ('public', 'billing')
    UNION ALL
    SELECT concat_ws(' ', 'constraint', conrelid::regclass, conname, pg_get_constraintdef(oid))
    FROM pg_constraint WHERE conrelid <> 0 AND connamespace <> 'pg_catalog'::regnamespace
    ORDER BY 1";

fn catalog(shop: &Shop) -> Vec<String> {
    lines(&mut shop.superuser(), CATALOG)
}

pub(crate) fn pg_dump(shop: &Shop) -> String {
    let output = Command::new(program(shop.server.version() / 10_000))
        .args(["--schema-only", "--dbname"])
        .arg(shop.database.url())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let dump = String::from_utf8(output.stdout).unwrap();
    // A key that differs from dump to dump stands in these lines.
    dump.lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The `pg_dump` of the server's version: an older one would refuse.
fn program(version: i32) -> PathBuf {
    let named = std::env::var_os("TENANCY_TEST_PG_BIN").map(PathBuf::from);
    let installed = PathBuf::from(format!("/usr/lib/postgresql/{version}/bin"));
    [named, Some(installed)]
        .into_iter()
        .flatten()
        .map(|directory| directory.join("pg_dump"))
        .find(|program| program.exists())
        .unwrap_or_else(|| "pg_dump".into())
}

/// One set of options for each branch of the generator.
fn choices(shop: &Shop) -> [PolicyOptions; 6] {
    [
        shop.options(),
        shop.all_roles(),
        shop.all_roles().on_missing(OnMissing::Error),
        shop.all_roles().per_command(true),
        shop.options().tenant_default(true).tenant_keys(true),
        shop.options()
            .per_command(true)
            .on_missing(OnMissing::Error)
            .tenant_not_null(true)
            .tenant_default(true),
    ]
}

#[test]
fn up_on_a_populated_database_and_again_changes_nothing_more() {
    let shop = Shop::new();
    for options in choices(&shop) {
        shop.apply(&options).unwrap();
        let (first, dump) = (catalog(&shop), pg_dump(&shop));
        shop.apply(&options).unwrap();
        assert_eq!(first, catalog(&shop));
        assert_eq!(dump, pg_dump(&shop));
    }
}

#[test]
fn down_puts_back_what_was_there() {
    let shop = Shop::new();
    let (before, rows) = (pg_dump(&shop), all_rows(&shop));
    for options in choices(&shop) {
        shop.apply(&options).unwrap();
        assert_ne!(before, pg_dump(&shop));
        shop.revert(&options).unwrap();
        assert_eq!(before, pg_dump(&shop));
        shop.revert(&options).unwrap();
        assert_eq!(before, pg_dump(&shop));
    }
    assert_eq!(rows, all_rows(&shop));
}

fn all_rows(shop: &Shop) -> Vec<String> {
    SCOPED
        .iter()
        .flat_map(|(table, _)| {
            lines(
                &mut shop.superuser(),
                &format!("SELECT t FROM {table} AS t"),
            )
        })
        .collect()
}

#[test]
fn a_failed_up_leaves_nothing() {
    let shop = Shop::new();
    let before = pg_dump(&shop);
    let text = shop.options().generate(&SHOP).up().to_owned() + "SELECT 1 / 0;";
    assert!(shop.migrate(&text).is_err());
    assert_eq!(before, pg_dump(&shop));
}

#[test]
fn a_table_that_comes_later_has_a_migration_of_its_own() {
    let shop = Shop::new();
    let tables = SHOP.tables.iter().map(|table| table.path);
    shop.apply(
        &shop
            .options()
            .only(tables.filter(|&path| path != "projects")),
    )
    .unwrap();
    let before = catalog(&shop);

    let added = shop.options().only(["projects"]);
    shop.apply(&added).unwrap();
    let new: Vec<String> = catalog(&shop)
        .into_iter()
        .filter(|line| !before.contains(line))
        .collect();
    assert!(new.iter().all(|line| line.contains("projects")), "{new:#?}");

    shop.revert(&added).unwrap();
    let flags = |lines: Vec<String>| -> Vec<String> {
        let mut lines = lines;
        // An empty list of privileges is spelt out after the first GRANT.
        lines.retain(|line| !(line.starts_with("privilege projects") && line.contains("owner")));
        lines
    };
    assert_eq!(flags(before), flags(catalog(&shop)));
}

#[test]
fn every_scoped_table_has_an_index_for_its_policy() {
    let shop = Shop::protected();
    let definitions = catalog(&shop).join("\n");
    for expected in [
        "USING btree (tenant_id, id)\nindex",
        "tenancy_tasks_tenant_idx ON public.tasks USING btree (tenant_id, id)",
        "tenancy_attachments_owner_idx ON public.attachments USING btree (task_id)",
        "tenancy_tasks_owner_idx ON billing.tasks USING btree (task_id)",
    ] {
        assert!(
            definitions.contains(expected),
            "{expected} in {definitions}"
        );
    }
}

#[test]
fn an_index_that_was_built_beforehand_is_taken() {
    let shop = Shop::new();
    shop.owner()
        .batch_execute(
            "CREATE INDEX CONCURRENTLY tenancy_tasks_tenant_idx ON tasks (tenant_id, id)",
        )
        .unwrap();
    shop.apply(&shop.options()).unwrap();
    let count =
        "SELECT count(*) FROM pg_indexes WHERE tablename = 'tasks' AND schemaname = 'public'";
    assert_eq!(lines(&mut shop.superuser(), count), ["2"]);
}
