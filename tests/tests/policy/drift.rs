//! The difference between a live database and what the registry wants.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::{
    Class, Differs, OnMissing, PolicyDiff, PolicyDiffError, PolicyOptions, ReferenceSource,
    Registry, Table,
};

use crate::catalog::pg_dump;
use crate::database::{A, SHOP, Shop, lines, try_lines};

fn diff(shop: &Shop, options: &PolicyOptions) -> PolicyDiff {
    options.diff(&SHOP, &mut shop.owner()).unwrap()
}

fn forms(shop: &Shop) -> Vec<PolicyOptions> {
    let mut forms = Vec::new();
    for on_missing in [OnMissing::NoRows, OnMissing::Error] {
        forms.push(shop.options().on_missing(on_missing));
        forms.push(
            shop.all_roles()
                .on_missing(on_missing)
                .per_command(true)
                .tenant_default(true)
                .tenant_keys(true)
                .tenant_not_null(true),
        );
    }
    forms
}

/// The reference tables, or TEMPORARY, which the tests' owner has from PUBLIC.
fn with_references(shop: &Shop) {
    tenancy_migrations::run(&mut shop.superuser()).unwrap();
    shop.superuser()
        .batch_execute(&format!(
            "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
            shop.database.name()
        ))
        .unwrap();
}

#[test]
fn nothing_differs_after_up_with_either_reference() {
    for references in [false, true] {
        let shop = Shop::new();
        let source = if references {
            with_references(&shop);
            ReferenceSource::ReferenceTables
        } else {
            ReferenceSource::LookAlike
        };
        for options in forms(&shop) {
            shop.apply(&options).unwrap();
            let diff = diff(&shop, &options);
            assert_eq!(diff.differences(), [], "{options:?}");
            assert!(diff.is_empty() && diff.migrations().is_empty());
            assert_eq!((diff.sql().up(), diff.sql().down()), ("", ""));
            for table in SHOP.tables.iter().filter(|table| table.class.is_scoped()) {
                assert_eq!(diff.source(table.path), Some(source), "{}", table.path);
            }
            shop.revert(&options).unwrap();
        }
    }
}

/// Both references say the same of each table, in each form.
#[test]
fn the_two_references_agree_also_about_what_is_wrong() {
    let shop = Shop::new();
    let other = shop.options().on_missing(OnMissing::Error);
    shop.apply(&other).unwrap();
    let by_look_alike = diff(&shop, &shop.options());
    with_references(&shop);
    let by_reference = diff(&shop, &shop.options());
    assert_eq!(by_look_alike.differences(), by_reference.differences());
    assert_eq!(by_reference.differences().len(), 14, "two of each table");
}

#[test]
fn a_difference_of_everything_is_as_good_as_up() {
    for options in 0..4 {
        let (by_up, by_diff) = (Shop::new(), Shop::new());
        let options = |shop: &Shop| forms(shop)[options].clone();
        by_up.apply(&options(&by_up)).unwrap();
        let before = pg_dump(&by_diff);
        let sql = diff(&by_diff, &options(&by_diff)).sql();
        by_diff.migrate(sql.up()).unwrap();
        assert_eq!(diff(&by_diff, &options(&by_diff)).differences(), []);
        let rows = lines(
            &mut by_diff.app_of(A),
            "SELECT DISTINCT name FROM thumbnails",
        );
        assert_eq!(rows, ["of a"]);
        by_diff.migrate(sql.down()).unwrap();
        assert_eq!(before, pg_dump(&by_diff));
    }
}

/// Privileges have an order in the catalog, which tells when they were granted and nothing else.
fn unordered(shop: &Shop) -> Vec<String> {
    let mut lines: Vec<String> = pg_dump(shop).lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

/// Each change alone, what is found of it, and that `up` settles it and `down` brings it back.
fn found(change: &str) -> Vec<Differs> {
    let shop = Shop::new();
    let options = shop.all_roles();
    shop.apply(&options).unwrap();
    let right = unordered(&shop);
    let change = change
        .replace("{app}", &shop.app)
        .replace("{admin}", &shop.admin);
    shop.migrate(&change).unwrap();
    let wrong = unordered(&shop);
    assert!(right != wrong, "{change}");
    let diff = diff(&shop, &options);
    shop.migrate(diff.sql().up()).unwrap();
    assert!(right == unordered(&shop), "{change}");
    shop.migrate(diff.sql().down()).unwrap();
    assert!(wrong == unordered(&shop), "{change}");
    diff.differences()
        .iter()
        .map(|difference| match difference.differs.clone() {
            Differs::Privileges(role) if role == shop.app => Differs::Privileges("app".to_owned()),
            other => other,
        })
        .collect()
}

#[test]
fn each_drift_is_found_settled_and_brought_back() {
    let scope = || "tenancy_scope".to_owned();
    let guard = || "tenancy_guard".to_owned();
    let app = || Differs::Privileges("app".to_owned());
    let bare = "current_setting('app.tenant_id', true)::uuid";
    for (change, expected) in [
        ("ALTER TABLE tasks DISABLE ROW LEVEL SECURITY", Differs::NotEnabled),
        ("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY", Differs::NotForced),
        ("DROP POLICY tenancy_guard ON tasks", Differs::PolicyMissing(guard())),
        (
            "DROP POLICY tenancy_guard ON tasks; CREATE POLICY tenancy_guard ON tasks TO {app} USING (true)",
            Differs::PolicyKind(guard()),
        ),
        ("ALTER POLICY tenancy_scope ON tasks TO PUBLIC", Differs::PolicyRoles(scope())),
        ("ALTER POLICY tenancy_scope ON tasks TO {app}", Differs::PolicyRoles(scope())),
        ("ALTER POLICY tenancy_scope ON tasks USING (true)", Differs::PolicyCondition(scope())),
        ("ALTER POLICY tenancy_scope ON tasks WITH CHECK (true)", Differs::PolicyCondition(scope())),
        (
            &format!("ALTER POLICY tenancy_guard ON tasks USING (tenant_id = {bare})"),
            Differs::PolicyCondition(guard()),
        ),
        (
            "ALTER POLICY tenancy_guard ON thumbnails USING (EXISTS (SELECT 1 FROM attachments AS tenancy_owner_0
                WHERE tenancy_owner_0.id = thumbnails.id))",
            Differs::PolicyCondition(guard()),
        ),
        (
            "CREATE POLICY tenancy_scope_select ON tasks FOR SELECT TO {app} USING (name <> 'it''s  x')",
            Differs::PolicyLeft("tenancy_scope_select".to_owned()),
        ),
        ("ALTER POLICY tenancy_admin ON tasks USING (name = 'x')", Differs::PolicyCondition("tenancy_admin".to_owned())),
        ("GRANT TRUNCATE, TRIGGER ON tasks TO {app}", app()),
        ("GRANT INSERT ON countries TO {app}", app()),
        ("GRANT UPDATE (code) ON countries TO {app} WITH GRANT OPTION", app()),
        ("REVOKE SELECT ON tasks FROM {app}", app()),
        ("GRANT SELECT, UPDATE ON SEQUENCE projects_id_seq TO {app}", app()),
        ("REVOKE USAGE ON SEQUENCE projects_id_seq FROM {app}", app()),
        ("GRANT SELECT ON tasks TO PUBLIC", Differs::Privileges("PUBLIC".to_owned())),
        ("DROP INDEX tenancy_tasks_tenant_idx", Differs::Index("tenancy_tasks_tenant_idx".to_owned())),
    ] {
        assert_eq!(found(change), [expected], "{change}");
    }
}

/// Names that read as the server's own, of things that somebody has put before them.
#[test]
fn a_function_or_an_operator_of_the_same_name_is_found() {
    let shop = Shop::protected();
    let right = "tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid)";
    shop.migrate(
        "CREATE FUNCTION public.current_setting(text, boolean) RETURNS text LANGUAGE sql
             AS $$ SELECT 'anything' $$;
         CREATE FUNCTION public.always(uuid, uuid) RETURNS boolean LANGUAGE sql AS $$ SELECT true $$;
         CREATE OPERATOR public.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = public.always)",
    )
    .unwrap();
    let expected = [Differs::PolicyCondition("tenancy_guard".to_owned())];
    for (path, finds) in [("public, pg_catalog", &expected[..]), ("public", &[])] {
        shop.migrate(&format!(
            "SET LOCAL search_path = {path}; ALTER POLICY tenancy_guard ON tasks
                 USING ({right}) WITH CHECK ({right})"
        ))
        .unwrap();
        let diff = diff(&shop, &shop.options());
        let found: Vec<_> = diff
            .differences()
            .iter()
            .map(|d| d.differs.clone())
            .collect();
        assert_eq!(found, finds, "{path}");
    }
}

#[test]
fn partitions_are_compared_too() {
    const LOGS: Registry = Registry::new(
        "app.tenant_id",
        "uuid",
        &[Table {
            path: "logs",
            schema: None,
            name: "logs",
            class: Class::Tenant {
                column: "tenant_id",
            },
            columns: &[],
            primary_key: &["tenant_id", "id"],
            encrypted: &[],
        }],
    );
    let shop = Shop::new();
    shop.migrate(
        "CREATE TABLE logs (tenant_id uuid NOT NULL, id int NOT NULL, PRIMARY KEY (tenant_id, id))
             PARTITION BY LIST (id);
         CREATE TABLE logs_1 PARTITION OF logs FOR VALUES IN (1)",
    )
    .unwrap();
    let options = shop.options();
    shop.migrate(options.generate(&LOGS).up()).unwrap();
    assert!(options.diff(&LOGS, &mut shop.owner()).unwrap().is_empty());
    shop.migrate(&format!(
        "CREATE TABLE billing.logs_2 PARTITION OF logs FOR VALUES IN (2);
         GRANT SELECT ON logs_1 TO {}",
        shop.app
    ))
    .unwrap();
    let diff = options.diff(&LOGS, &mut shop.owner()).unwrap();
    let relations: Vec<_> = diff
        .differences()
        .iter()
        .map(|difference| (&*difference.relation, difference.table.as_str()))
        .collect();
    assert_eq!(relations.len(), 5, "{diff:?}");
    assert_eq!(
        relations.iter().filter(|r| r.0 == "billing.logs_2").count(),
        4
    );
    shop.migrate(diff.sql().up()).unwrap();
    assert!(options.diff(&LOGS, &mut shop.owner()).unwrap().is_empty());
}

/// PostgreSQL compares a varchar as text, and shows the cast.
#[test]
fn a_type_without_a_reference_is_compared_with_a_look_alike() {
    const NOTES: Registry = Registry::new(
        "app.tenant_id",
        "text",
        &[Table {
            path: "notes",
            schema: None,
            name: "notes",
            class: Class::Tenant { column: "tenant" },
            columns: &[],
            primary_key: &["tenant"],
            encrypted: &[],
        }],
    );
    let shop = Shop::new();
    shop.migrate("CREATE TABLE notes (tenant varchar(20) PRIMARY KEY)")
        .unwrap();
    tenancy_migrations::run(&mut shop.superuser()).unwrap();
    let options = shop.options();
    shop.migrate(options.generate(&NOTES).up()).unwrap();
    let diff = options.diff(&NOTES, &mut shop.owner()).unwrap();
    assert_eq!(diff.differences(), []);
    assert_eq!(diff.source("notes"), Some(ReferenceSource::LookAlike));

    shop.migrate("ALTER TABLE notes DROP CONSTRAINT tenancy_notes_tenant_check")
        .unwrap();
    let diff = options.diff(&NOTES, &mut shop.owner()).unwrap();
    assert_eq!(
        diff.differences()[0].differs,
        Differs::Constraint("tenancy_notes_tenant_check".to_owned())
    );
}

#[test]
fn without_any_reference_it_says_so() {
    let shop = Shop::protected();
    shop.superuser()
        .batch_execute(&format!(
            "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC",
            shop.database.name()
        ))
        .unwrap();
    let error = shop.options().diff(&SHOP, &mut shop.owner()).unwrap_err();
    assert!(
        matches!(&error, PolicyDiffError::NoReference { table, .. } if table == "organisations"),
        "{error}"
    );
}

#[test]
fn a_missing_table_is_named() {
    let shop = Shop::protected();
    shop.migrate("DROP TABLE legacy, countries").unwrap();
    let error = shop.options().diff(&SHOP, &mut shop.owner()).unwrap_err();
    assert!(
        matches!(&error, PolicyDiffError::NoTable(path) if path == "countries"),
        "{error}"
    );
}

#[test]
fn comparing_changes_nothing_and_works_read_only_with_reference_tables() {
    let shop = Shop::protected();
    let before = pg_dump(&shop);
    diff(&shop, &shop.all_roles());
    assert_eq!(before, pg_dump(&shop));
    with_references(&shop);
    let conn = &mut shop.app();
    conn.batch_execute("SET default_transaction_read_only = on; SET search_path = public")
        .unwrap();
    assert!(shop.options().diff(&SHOP, conn).unwrap().is_empty());
    let path = try_lines(conn, "SELECT current_setting('search_path')");
    assert_eq!(path, QueryResult::Ok(vec!["public".to_owned()]));
}
