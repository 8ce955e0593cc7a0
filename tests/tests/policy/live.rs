//! A registry from a database that has none, and keys that carry the tenant.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use tenancy_diesel::{Class, FromDatabase, LiveSchema, LiveSchemaError, PolicyOptions};

use crate::catalog::pg_dump;
use crate::database::{A, B, Shop, lines, refusal, touched};

const TABLES: &str = "
    CREATE SCHEMA crm;
    CREATE TABLE crm.firms (id uuid PRIMARY KEY, slug text NOT NULL UNIQUE);
    CREATE TABLE crm.people (
        tenant_id uuid NOT NULL REFERENCES crm.firms, id int PRIMARY KEY, email text NOT NULL UNIQUE);
    CREATE TABLE crm.deals (
        tenant_id uuid NOT NULL, id int NOT NULL, person_id int, boss_id int, label text,
        PRIMARY KEY (tenant_id, id),
        CONSTRAINT deals_person FOREIGN KEY (person_id) REFERENCES crm.people ON DELETE SET NULL,
        CONSTRAINT deals_boss FOREIGN KEY (boss_id) REFERENCES crm.people
            ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE crm.odd_deals (
        tenant_id uuid NOT NULL, id int PRIMARY KEY,
        person_id int REFERENCES crm.people ON UPDATE SET NULL);
    CREATE TABLE crm.calls (
        id int PRIMARY KEY, person_id int NOT NULL REFERENCES crm.people, country int,
        states text[] NOT NULL);
    CREATE TABLE crm.recordings (id int PRIMARY KEY, call_id int NOT NULL REFERENCES crm.calls);
    CREATE TABLE crm.loose (id int PRIMARY KEY, call_id int REFERENCES crm.calls);
    CREATE TABLE crm.rates (id int PRIMARY KEY, person_id int NOT NULL REFERENCES crm.people);
    CREATE TABLE crm.visits (tenant_id uuid NOT NULL, day int NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE crm.visits_1 PARTITION OF crm.visits FOR VALUES FROM (0) TO (10);
    CREATE TABLE crm.__diesel_schema_migrations (version text PRIMARY KEY);
";

fn rows(tenant: &str, n: u32) -> String {
    format!(
        "INSERT INTO crm.firms VALUES ('{tenant}', 'firm {n}');
         INSERT INTO crm.people VALUES ('{tenant}', {n}, '{n}@example.org');
         INSERT INTO crm.deals VALUES ('{tenant}', 1, {n}, {n}, 'of {n}');
         INSERT INTO crm.calls VALUES ({n}, {n}, NULL, '{{}}');
         INSERT INTO crm.recordings VALUES ({n}, {n});
         INSERT INTO crm.visits VALUES ('{tenant}', 1);"
    )
}

fn crm() -> Shop {
    let shop = Shop::new();
    shop.superuser()
        .batch_execute(&format!(
            "GRANT CREATE ON DATABASE {} TO {}",
            shop.database.name(),
            shop.owner
        ))
        .unwrap();
    shop.migrate(TABLES).unwrap();
    for (tenant, n) in [(A, 1), (B, 2)] {
        shop.migrate(&rows(tenant, n)).unwrap();
    }
    shop.migrate(&format!("GRANT USAGE ON SCHEMA crm TO {}", shop.app))
        .unwrap();
    shop
}

fn from_database() -> FromDatabase {
    FromDatabase::new("tenant_id")
        .schema("crm")
        .root("crm::firms")
        .shared(["crm::rates"])
}

fn read(shop: &Shop) -> LiveSchema {
    from_database().read(&mut shop.owner()).unwrap()
}

/// Those of the tests' own schema.
fn only_crm(live: &LiveSchema) -> Vec<&'static str> {
    let tables = live.registry().tables.iter();
    tables
        .map(|table| table.path)
        .filter(|path| path.starts_with("crm::"))
        .collect()
}

#[test]
fn tables_are_classified_by_their_columns_and_foreign_keys() {
    let shop = crm();
    let live = read(&shop);
    let registry = live.registry();
    assert_eq!(
        (registry.variable, registry.tenant_type),
        ("app.tenant_id", "uuid")
    );
    let class = |path: &str| registry.table(path).unwrap().class;
    let tenant = Class::Tenant {
        column: "tenant_id",
    };
    let via = |column, owner| Class::Via {
        column,
        owner,
        owner_key: "id",
    };
    assert_eq!(class("crm::firms"), Class::Root { column: "id" });
    assert_eq!(class("crm::people"), tenant);
    assert_eq!(class("crm::visits"), tenant);
    assert_eq!(class("crm::calls"), via("person_id", "crm::people"));
    assert_eq!(class("crm::recordings"), via("call_id", "crm::calls"));
    assert_eq!(class("crm::rates"), Class::Shared);
    assert!(matches!(class("crm::loose"), Class::Excluded { .. }));
    assert_eq!(
        live.unclassified(),
        ["countries", "organisations", "crm::loose"]
    );
    for absent in ["crm::visits_1", "crm::__diesel_schema_migrations"] {
        assert_eq!(registry.table(absent), None);
    }
    let calls = registry.table("crm::calls").unwrap();
    assert_eq!(calls.primary_key, ["id"]);
    let types: Vec<_> = calls.columns.iter().map(|column| column.sql_type).collect();
    assert_eq!(
        types,
        ["Int4", "Int4", "Nullable<Int4>", "Array<Nullable<Text>>"]
    );
}

#[test]
fn policies_from_it_keep_tenants_apart_and_without_them_nothing_does() {
    let shop = crm();
    let live = read(&shop);
    let policies = shop
        .options()
        .only(only_crm(&live))
        .generate(&live.registry());
    shop.migrate(policies.up()).unwrap();
    let scoped = ["firms", "people", "deals", "calls", "recordings", "visits"];
    for table in scoped {
        let count = format!("SELECT count(*) FROM crm.{table}");
        assert_eq!(lines(&mut shop.app_of(A), &count), ["1"], "{table}");
        let conn = &mut shop.app_of(A);
        conn.begin_test_transaction().unwrap();
        assert!(touched(conn, &format!("DELETE FROM crm.{table}")).unwrap_or(1) <= 1);
        assert_eq!(lines(&mut shop.superuser(), &count), ["2"], "{table}");
    }
    shop.migrate(policies.down()).unwrap();
    for table in scoped {
        shop.migrate(&format!("GRANT SELECT ON crm.{table} TO {}", shop.app))
            .unwrap();
        let count = format!("SELECT count(*) FROM crm.{table}");
        assert_eq!(lines(&mut shop.app_of(A), &count), ["2"], "{table}");
    }
}

#[test]
fn reading_writes_nothing_and_leaves_the_session_as_it_was() {
    let shop = crm();
    let conn = &mut shop.owner();
    let path = conn.build_transaction().read_only().run(|conn| {
        conn.batch_execute("SET LOCAL search_path = crm")?;
        from_database().read(conn).unwrap();
        QueryResult::Ok(lines(conn, "SELECT current_setting('search_path')"))
    });
    assert_eq!(path.unwrap(), ["crm"]);
    // Nobody else's privilege is needed either.
    let all = read(&shop).registry().tables.len();
    let app = from_database().read(&mut shop.app()).unwrap();
    assert_eq!(app.registry().tables.len(), all);
}

#[test]
fn what_does_not_fit_is_an_error_that_names_it() {
    let shop = crm();
    let conn = &mut shop.owner();
    let no_table = from_database().root("firms").read(conn);
    assert!(matches!(no_table, Err(LiveSchemaError::NoTable(name)) if name == "firms"));
    let no_tenant = FromDatabase::new("customer").read(conn);
    assert!(matches!(no_tenant, Err(LiveSchemaError::NoTenantTable(name)) if name == "customer"));
    let key = from_database().root("crm::deals").read(conn);
    assert!(matches!(key, Err(LiveSchemaError::RootKey(name)) if name == "crm::deals"));
    conn.batch_execute("CREATE TABLE crm.other (tenant_id int)")
        .unwrap();
    let types = from_database().read(conn).unwrap_err().to_string();
    assert!(
        types.contains("int4 in `crm::other`") || types.contains("`crm::other` and"),
        "{types}"
    );
}

#[test]
fn keys_without_the_tenant_are_found() {
    let live = read(&crm());
    let findings: Vec<_> = live
        .key_findings()
        .into_iter()
        .filter(|finding| finding.table.starts_with("crm::"))
        .map(|finding| (finding.name, finding.is_mended))
        .collect();
    for (name, is_mended) in [
        ("people_pkey", false),
        ("people_email_key", false),
        ("odd_deals_pkey", false),
        ("deals_person", true),
        ("deals_boss", true),
        ("odd_deals_person_id_fkey", false),
    ] {
        assert!(
            findings.contains(&(name.to_owned(), is_mended)),
            "{name}: {findings:?}"
        );
    }
    // The key of the tenants themselves, and what is right already.
    for absent in ["deals_pkey", "firms_pkey", "people_tenant_id_fkey"] {
        assert!(findings.iter().all(|(name, _)| name != absent), "{absent}");
    }
}

fn migrations(files: &tenancy_diesel::MigrationFiles) -> (tempfile::TempDir, FileBasedMigrations) {
    let directory = tempfile::tempdir().unwrap();
    files.write_to(directory.path(), "10").unwrap();
    let migrations = FileBasedMigrations::from_path(directory.path()).unwrap();
    (directory, migrations)
}

fn both(shop: &Shop) -> [PolicyOptions; 2] {
    [shop.options(), shop.options().online(true)]
}

#[test]
fn foreign_keys_that_carry_the_tenant_cannot_point_at_another_ones_row() {
    let shop = crm();
    let point = "INSERT INTO crm.deals VALUES ('{A}', 7, 2, NULL, 'x')".replace("{A}", A);
    let live = read(&shop);
    let policies = shop
        .options()
        .only(only_crm(&live))
        .generate(&live.registry());
    shop.migrate(policies.up()).unwrap();
    // The control: row-level security does not look at what a foreign key points to.
    let conn = &mut shop.app_of(A);
    assert_eq!(touched(conn, &point), Ok(1));
    assert_eq!(touched(conn, "DELETE FROM crm.deals WHERE id = 7"), Ok(1));

    let (_directory, files) = migrations(&live.composite_keys(&shop.options()));
    shop.owner().run_pending_migrations(files).unwrap();
    let message = refusal(touched(conn, &point));
    assert!(message.contains("deals_person"), "{message}");
    // What is there and what is not cannot be told apart.
    assert_eq!(
        message,
        refusal(touched(conn, &point.replace(", 2,", ", 99,")))
    );
}

#[test]
fn actions_stay_and_the_tenant_with_them() {
    for number in 0..2 {
        let shop = crm();
        let live = read(&shop);
        let (_directory, files) = migrations(&live.composite_keys(&both(&shop)[number]));
        shop.owner().run_pending_migrations(files).unwrap();
        let conn = &mut shop.superuser();
        conn.batch_execute(
            "UPDATE crm.deals SET boss_id = NULL; DELETE FROM crm.calls WHERE false",
        )
        .unwrap();
        conn.batch_execute("DELETE FROM crm.recordings; DELETE FROM crm.calls; DELETE FROM crm.people WHERE id = 2")
            .unwrap();
        let deals = "SELECT concat_ws(' ', tenant_id, person_id) FROM crm.deals ORDER BY 1";
        assert_eq!(lines(conn, deals), [format!("{A} 1"), B.to_owned()]);
        let definition =
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'deals_boss'";
        let definition = &lines(conn, definition)[0];
        assert!(
            definition.ends_with("ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"),
            "{definition}"
        );
    }
}

#[test]
fn composite_keys_are_applied_reverted_and_applied_again() {
    for number in 0..2 {
        let shop = crm();
        let live = read(&shop);
        let options = &both(&shop)[number];
        shop.migrate(
            options
                .clone()
                .only(only_crm(&live))
                .generate(&live.registry())
                .up(),
        )
        .unwrap();
        let conn = &mut shop.owner();
        conn.applied_migrations().unwrap();
        let before = pg_dump(&shop);
        let (_directory, files) = migrations(&live.composite_keys(options));
        conn.run_pending_migrations(files.clone()).unwrap();
        let after = pg_dump(&shop);
        assert_ne!(before, after);
        let left = read(&shop).composite_keys(options);
        assert!(left.is_empty(), "{left:?}");
        conn.revert_all_migrations(files.clone()).unwrap();
        assert_eq!(before, pg_dump(&shop));
        conn.run_pending_migrations(files).unwrap();
        assert_eq!(after, pg_dump(&shop));
    }
}

/// With FORCE on, the rows would be hidden, and the key marked as valid.
#[test]
fn a_row_that_points_at_another_tenant_stops_the_migration() {
    for number in 0..2 {
        let shop = crm();
        let live = read(&shop);
        shop.migrate(
            shop.options()
                .only(only_crm(&live))
                .generate(&live.registry())
                .up(),
        )
        .unwrap();
        shop.superuser()
            .batch_execute("UPDATE crm.deals SET person_id = 2")
            .unwrap();
        let (_directory, files) = migrations(&live.composite_keys(&both(&shop)[number]));
        let error = shop
            .owner()
            .run_pending_migrations(files)
            .unwrap_err()
            .to_string();
        assert!(error.contains("deals_person"), "{error}");
    }
}
