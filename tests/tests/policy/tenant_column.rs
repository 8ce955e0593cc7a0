//! The migrations that give a table the tenant column, on a populated database.

use diesel::connection::SimpleConnection;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tempfile::TempDir;
use tenancy_diesel::{Class, MigrationFiles, PolicyOptions, Registry, Table};

use crate::catalog::pg_dump;
use crate::database::{A, B, SHOP, Shop, lines, refusal, touched};

fn written(files: &MigrationFiles) -> (TempDir, FileBasedMigrations) {
    let directory = tempfile::tempdir().unwrap();
    files
        .write_to(directory.path(), "2025-01-31-120000")
        .unwrap();
    let migrations = FileBasedMigrations::from_path(directory.path()).unwrap();
    (directory, migrations)
}

fn options(shop: &Shop) -> [PolicyOptions; 2] {
    let options = shop.all_roles();
    [
        options.clone(),
        options.per_command(true).tenant_keys(true).online(true),
    ]
}

/// More rows than one batch has, with those of the tenants mixed.
fn many_attachments(shop: &Shop) {
    shop.superuser()
        .batch_execute(
            "INSERT INTO attachments
             SELECT n, 1 + n % 2, 'of ' || CASE n % 2 WHEN 0 THEN 'a' ELSE 'b' END || repeat('.', 900)
             FROM generate_series(100, 12000) AS n",
        )
        .unwrap();
}

#[test]
fn each_row_gets_the_tenant_of_its_owner() {
    for number in 0..2 {
        let shop = Shop::new();
        many_attachments(&shop);
        let options = &options(&shop)[number];
        shop.apply(options).unwrap();
        let conn = &mut shop.owner();
        let (_directory, migrations) = written(&options.add_tenant_column(&SHOP, "attachments"));
        conn.run_pending_migrations(migrations).unwrap();
        let wrong = "SELECT count(*) FROM attachments JOIN tasks ON tasks.id = task_id
            WHERE attachments.tenant_id IS DISTINCT FROM tasks.tenant_id";
        assert_eq!(lines(&mut shop.superuser(), wrong), ["0"]);
        let count = "SELECT count(*) FROM attachments";
        assert_eq!(lines(&mut shop.superuser(), count), ["11903"]);
        let forced =
            "SELECT relname FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity";
        assert_eq!(lines(&mut shop.superuser(), forced), [""; 0]);
        let not_valid = "SELECT conname FROM pg_constraint WHERE NOT convalidated";
        assert_eq!(lines(&mut shop.superuser(), not_valid), [""; 0]);
    }
}

#[test]
fn the_table_is_protected_by_its_own_column_then() {
    for number in 0..2 {
        let shop = Shop::new();
        let options = &options(&shop)[number];
        shop.apply(options).unwrap();
        let conn = &mut shop.owner();
        let (_directory, migrations) = written(&options.add_tenant_column(&SHOP, "thumbnails"));
        conn.run_pending_migrations(migrations).unwrap();
        for table in ["attachments", "thumbnails"] {
            let condition = format!(
                "SELECT DISTINCT pg_get_expr(polqual, polrelid) LIKE '(tenant_id = ( SELECT %' FROM pg_policy
                 WHERE polrelid = '{table}'::regclass AND polname <> 'tenancy_admin' AND polqual IS NOT NULL"
            );
            assert_eq!(lines(conn, &condition), ["true"], "{table}");
            let name = format!("SELECT name FROM {table}");
            assert_eq!(lines(&mut shop.app_of(A), &name), ["of a"]);
            let app = &mut shop.app_of(A);
            let other = format!("UPDATE {table} SET name = 'x' WHERE name = 'of b'");
            assert_eq!(touched(app, &other), Ok(0));
            let take = format!("UPDATE {table} SET tenant_id = '{B}'");
            assert!(refusal(touched(app, &take)).contains("row-level security"));
        }
        // The program of before names no tenant, and cannot take the owner of another one.
        let app = &mut shop.app_of(A);
        assert_eq!(
            touched(app, "INSERT INTO attachments VALUES (7, 1, 'of a')"),
            Ok(1)
        );
        let message = refusal(touched(app, "INSERT INTO attachments VALUES (8, 2, 'x')"));
        assert!(message.contains("foreign key"), "{message}");
        // The control: the foreign key that was there before lets it in.
        shop.superuser()
            .batch_execute("ALTER TABLE attachments DROP CONSTRAINT tenancy_attachments_owner_fkey")
            .unwrap();
        assert_eq!(
            touched(app, "INSERT INTO attachments VALUES (8, 2, 'x')"),
            Ok(1)
        );
    }
}

#[test]
fn applied_reverted_and_applied_again() {
    for number in 0..2 {
        let shop = Shop::new();
        let options = &options(&shop)[number];
        shop.apply(options).unwrap();
        let conn = &mut shop.owner();
        conn.applied_migrations().unwrap();
        let before = pg_dump(&shop);
        let (_directory, migrations) = written(&options.add_tenant_column(&SHOP, "thumbnails"));
        conn.run_pending_migrations(migrations.clone()).unwrap();
        let after = pg_dump(&shop);
        assert_ne!(before, after);
        conn.revert_all_migrations(migrations.clone()).unwrap();
        assert_eq!(before, pg_dump(&shop));
        conn.run_pending_migrations(migrations.clone()).unwrap();
        assert_eq!(after, pg_dump(&shop));
    }
}

/// A tenant that is a text has a check of its own, which the online form validates too. The policies
/// have been written in another form before.
#[test]
fn a_tenant_that_is_a_text() {
    const fn table(path: &'static str, class: Class) -> Table {
        Table {
            path,
            schema: None,
            name: path,
            class,
            columns: &[],
            primary_key: &["id"],
            encrypted: &[],
        }
    }
    const OFFICE: Registry = Registry::new(
        "office.tenant",
        "text",
        &[
            table("folders", Class::Tenant { column: "firm" }),
            table(
                "papers",
                Class::Via {
                    column: "folder_id",
                    owner: "folders",
                    owner_key: "id",
                },
            ),
        ],
    );
    for online in [false, true] {
        let shop = Shop::new();
        shop.migrate(
            "CREATE TABLE folders (firm text NOT NULL, id int PRIMARY KEY);
             CREATE TABLE papers (id int PRIMARY KEY, folder_id int NOT NULL REFERENCES folders ON DELETE CASCADE);
             INSERT INTO folders VALUES ('a', 1), ('b', 2);
             INSERT INTO papers VALUES (1, 1), (2, 2)",
        )
        .unwrap();
        let options = shop.options();
        shop.migrate(options.clone().per_command(true).generate(&OFFICE).up())
            .unwrap();
        let (_directory, migrations) =
            written(&options.online(online).add_tenant_column(&OFFICE, "papers"));
        let conn = &mut shop.owner();
        conn.run_pending_migrations(migrations.clone()).unwrap();
        let after = pg_dump(&shop);
        let not_valid = "SELECT conname FROM pg_constraint WHERE NOT convalidated";
        assert_eq!(lines(conn, not_valid), [""; 0]);
        let policies =
            "SELECT polname FROM pg_policy WHERE polrelid = 'papers'::regclass ORDER BY 1";
        assert_eq!(lines(conn, policies), ["tenancy_guard", "tenancy_scope"]);
        let app = &mut shop.app();
        app.batch_execute("SET office.tenant = 'a'").unwrap();
        assert_eq!(lines(app, "SELECT id FROM papers"), ["1"]);
        let empty = "INSERT INTO papers VALUES ('7', 1, '')";
        assert!(shop.superuser().batch_execute(empty).is_err());

        conn.revert_all_migrations(migrations.clone()).unwrap();
        conn.run_pending_migrations(migrations).unwrap();
        assert_eq!(after, pg_dump(&shop));
        // The actions of the foreign key that was there before.
        app.batch_execute("DELETE FROM folders").unwrap();
        let left = "SELECT concat_ws(' ', firm, id) FROM papers";
        assert_eq!(lines(&mut shop.superuser(), left), ["b 2"]);
    }
}

/// What FORCE does to a backfill that does not take it off.
#[test]
fn the_same_update_under_force_touches_nothing() {
    let shop = Shop::protected();
    shop.migrate("ALTER TABLE attachments ADD COLUMN tenant_id uuid")
        .unwrap();
    let update = "UPDATE attachments AS t SET tenant_id = o.tenant_id FROM tasks AS o WHERE o.id = t.task_id";
    assert_eq!(touched(&mut shop.owner(), update), Ok(0));
}

#[test]
fn a_row_without_an_owner_stops_it_and_is_named() {
    let shop = Shop::new();
    let options = shop.options();
    shop.apply(&options).unwrap();
    shop.superuser()
        .batch_execute(
            "ALTER TABLE attachments DROP CONSTRAINT attachments_task_id_fkey;
             INSERT INTO attachments VALUES (9, 999, 'nobody''s')",
        )
        .unwrap();
    let (_directory, migrations) = written(&options.add_tenant_column(&SHOP, "attachments"));
    let before = pg_dump(&shop);
    let error = shop
        .owner()
        .run_pending_migrations(migrations)
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("rows of \"attachments\" have no owner"),
        "{error}"
    );
    // Diesel's own history has come meanwhile.
    shop.owner()
        .batch_execute("DROP TABLE __diesel_schema_migrations")
        .unwrap();
    assert_eq!(before, pg_dump(&shop));
}

#[test]
#[should_panic(expected = "the registry has no `via` table `tasks`")]
fn a_table_that_has_the_column_is_refused() {
    let _ = PolicyOptions::new().add_tenant_column(&SHOP, "tasks");
}
