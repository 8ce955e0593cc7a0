//! The migrations that keep big tables in use, run as Diesel runs them.

use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tempfile::TempDir;
use tenancy_diesel::PolicyOptions;

use crate::catalog::pg_dump;
use crate::database::{A, SHOP, Shop, lines, refusal};

fn written(options: &PolicyOptions) -> (TempDir, FileBasedMigrations) {
    let directory = tempfile::tempdir().unwrap();
    options
        .migrations(&SHOP)
        .write_to(directory.path(), "2025-01-31-120000")
        .unwrap();
    let migrations = FileBasedMigrations::from_path(directory.path()).unwrap();
    (directory, migrations)
}

fn forms(shop: &Shop) -> [PolicyOptions; 4] {
    [
        shop.options(),
        shop.options().online(true),
        shop.options()
            .online(true)
            .tenant_keys(true)
            .tenant_not_null(true),
        shop.all_roles()
            .online(true)
            .per_command(true)
            .tenant_default(true),
    ]
}

#[test]
fn applied_reverted_and_applied_again_on_a_populated_database() {
    for number in 0..4 {
        let shop = Shop::new();
        let options = &forms(&shop)[number];
        if number == 2 {
            shop.migrate("ALTER TABLE tasks ALTER COLUMN tenant_id DROP NOT NULL")
                .unwrap();
        }
        let conn = &mut shop.owner();
        // The history of Diesel stays.
        conn.applied_migrations().unwrap();
        let before = pg_dump(&shop);
        let (_directory, migrations) = written(options);
        conn.run_pending_migrations(migrations.clone()).unwrap();
        let after = pg_dump(&shop);
        assert_ne!(before, after);
        conn.revert_all_migrations(migrations.clone()).unwrap();
        assert_eq!(before, pg_dump(&shop));
        conn.run_pending_migrations(migrations.clone()).unwrap();
        assert_eq!(after, pg_dump(&shop));
        let rows = lines(&mut shop.app_of(A), "SELECT name FROM tasks");
        assert_eq!(rows, ["of a"]);
    }
}

#[test]
fn the_online_form_ends_where_the_plain_one_does() {
    for change in [
        |options: PolicyOptions| options,
        |options: PolicyOptions| options.tenant_keys(true).tenant_not_null(true),
    ] {
        let nullable = "ALTER TABLE tasks ALTER COLUMN tenant_id DROP NOT NULL";
        let (plain, online) = (Shop::new(), Shop::new());
        let mut dumps = Vec::new();
        for (shop, is_online) in [(&plain, false), (&online, true)] {
            if change(shop.options()) != shop.options() {
                shop.migrate(nullable).unwrap();
            }
            let conn = &mut shop.owner();
            let (_directory, migrations) = written(&change(shop.options()).online(is_online));
            conn.run_pending_migrations(migrations).unwrap();
            dumps.push(
                pg_dump(shop)
                    .replace(&shop.app, "{app}")
                    .replace(&shop.owner, "{owner}"),
            );
        }
        assert_eq!(dumps[0], dumps[1]);
    }
}

#[test]
fn no_statement_of_the_online_form_reads_a_table_under_a_lock() {
    let options = PolicyOptions::new()
        .online(true)
        .tenant_keys(true)
        .tenant_not_null(true);
    for migration in options.migrations(&SHOP).as_slice() {
        let up = migration.up();
        if migration.run_in_transaction() {
            assert!(!up.contains("CREATE INDEX") && !up.contains("CREATE UNIQUE INDEX"));
            assert_eq!(
                up.matches("SET NOT NULL;").count(),
                up.matches("VALIDATE CONSTRAINT").count(),
                "each follows a validation"
            );
            for line in up.lines().filter(|line| line.contains("ADD CONSTRAINT")) {
                let is_light = line.ends_with("NOT VALID;") || line.contains("UNIQUE USING INDEX");
                assert!(is_light, "{line}");
            }
        } else {
            let statements = up.lines().filter(|line| !line.starts_with("--")).count();
            assert_eq!(statements, 1, "{up}");
        }
    }
}

#[test]
fn an_index_whose_build_failed_is_named() {
    let shop = Shop::new();
    shop.superuser()
        .transaction(|conn| {
            use diesel::connection::SimpleConnection;
            conn.batch_execute(
                "CREATE INDEX tenancy_tasks_tenant_idx ON tasks (tenant_id, id);
                 UPDATE pg_index SET indisvalid = false
                 WHERE indexrelid = 'tenancy_tasks_tenant_idx'::regclass",
            )
        })
        .unwrap();
    let message = refusal(shop.apply(&shop.options()));
    assert!(
        message.contains(
            "tasks: the build of an index has failed: \
             DROP INDEX CONCURRENTLY \"tenancy_tasks_tenant_idx\", and create it again"
        ),
        "{message}"
    );
}
