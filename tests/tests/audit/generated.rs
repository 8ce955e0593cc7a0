//! What `policy_sql` writes is what the auditor asks for, for every type of tenant.

use diesel::connection::SimpleConnection;
use tenancy_diesel::audit::{Audit, Report};
use tenancy_diesel::{Class, OnMissing, PolicyOptions, Registry, Table};
use tenancy_tests::sealed::{create_key, sealer};

use crate::database::Audited;

const fn table(path: &'static str, name: &'static str, class: Class) -> Table {
    Table {
        path,
        schema: Some("My \"Shop\""),
        name,
        class,
        columns: &[],
        primary_key: &["id"],
        encrypted: &[],
    }
}

/// Names that need quotes, and owners at three removes.
const TABLES: &[Table] = &[
    table("orgs", "it's", Class::Root { column: "SELECT" }),
    table(
        "tasks",
        "tasks",
        Class::Tenant {
            column: "Tenant Id",
        },
    ),
    table(
        "notes",
        "NOTES",
        Class::Via {
            column: "task\"s id",
            owner: "tasks",
            owner_key: "id",
        },
    ),
    table(
        "pictures",
        "select",
        Class::Via {
            column: "note",
            owner: "notes",
            owner_key: "id",
        },
    ),
    table(
        "pixels",
        "pixels",
        Class::Via {
            column: "picture",
            owner: "pictures",
            owner_key: "id",
        },
    ),
];

/// The type as the registry has it, and the type of the column where it is another.
const TYPES: &[(Registry, &str)] = &[
    (Registry::new("app.tenant_id", "uuid", TABLES), "uuid"),
    (Registry::new("shop.Org_Id", "int4", TABLES), "int4"),
    (Registry::new("app.tenant_id", "int8", TABLES), "int8"),
    (Registry::new("app.TENANT", "text", TABLES), "text"),
    (
        Registry::new("app.tenant_id", "text", TABLES),
        "varchar(40)",
    ),
    (
        Registry::new("app.tenant_id", "varchar", TABLES),
        "varchar(40)",
    ),
    (Registry::new("app.tenant_id", "int2", TABLES), "int2"),
    (Registry::new("app.tenant_id", "int8", TABLES), "int4"),
    (Registry::new("app.tenant_id", "uuid", TABLES), "org_id"),
    (Registry::new("app.tenant_id", "text", TABLES), "org_slug"),
    (Registry::new("app.tenant_id", "org_id", TABLES), "org_id"),
    (
        Registry::new("app.tenant_id", "org_slug", TABLES),
        "org_slug",
    ),
    (Registry::new("app.tenant_id", "numeric", TABLES), "numeric"),
];

fn tables(tenant_type: &str) -> String {
    format!(
        "CREATE SCHEMA \"My \"\"Shop\"\"\"; SET LOCAL search_path = \"My \"\"Shop\"\"\";
         CREATE DOMAIN org_id AS uuid; CREATE DOMAIN org_slug AS varchar(40);
         CREATE TABLE \"it's\" (id int8, \"SELECT\" {tenant_type} PRIMARY KEY);
         CREATE TABLE tasks (id int8 UNIQUE, \"Tenant Id\" {tenant_type} NOT NULL);
         CREATE TABLE \"NOTES\" (id int8 UNIQUE, \"task\"\"s id\" int8 NOT NULL REFERENCES tasks (id));
         CREATE TABLE \"select\" (id int8 UNIQUE, note int8 NOT NULL REFERENCES \"NOTES\" (id));
         CREATE TABLE pixels (id int8 UNIQUE, picture int8 NOT NULL REFERENCES \"select\" (id));"
    )
}

/// The findings about policies.
fn about_policies(report: &Report) -> Vec<String> {
    report
        .findings
        .iter()
        .filter(|f| f.rule.id().starts_with("policy-") || f.rule.id().starts_with("rls-"))
        .map(ToString::to_string)
        .collect()
}

fn generated(
    database: &Audited,
    (registry, column): &(Registry, &str),
    on_missing: OnMissing,
    afterwards: &str,
) -> Vec<String> {
    let options = database.options().on_missing(on_missing);
    let report = database.after(&[&tables(column)], |conn| {
        conn.batch_execute(options.generate(registry).up())?;
        conn.batch_execute(afterwards)?;
        Audit::new(registry).policies(options.clone()).run(conn)
    });
    about_policies(&report)
}

#[test]
fn generated_policies_are_the_ones_that_are_asked_for() {
    let database = Audited::new();
    for registry in TYPES {
        for on_missing in [OnMissing::NoRows, OnMissing::Error] {
            let found = generated(&database, registry, on_missing, "SELECT 1");
            assert!(
                found.is_empty(),
                "{} {on_missing:?}: {found:#?}",
                registry.1
            );
        }
    }
}

#[test]
fn without_reference_tables_they_are_judged_by_what_they_say() {
    let database = Audited::new();
    for registry in TYPES {
        let found = generated(
            &database,
            registry,
            OnMissing::NoRows,
            "DROP TABLE tenancy.reference_uuid_via, tenancy.reference_int4_via, tenancy.reference_int8_via,
                 tenancy.reference_text_via, tenancy.reference_uuid, tenancy.reference_int4,
                 tenancy.reference_int8, tenancy.reference_text CASCADE",
        );
        assert!(
            found
                .iter()
                .all(|f| f.starts_with("info[policy-references-missing]")),
            "{}: {found:#?}",
            registry.1
        );
    }
}

#[test]
fn the_policies_of_one_variable_are_not_those_of_another() {
    let database = Audited::new();
    let (registry, column) = TYPES[0];
    let options = database.options();
    let report = database.after(&[&tables(column)], |conn| {
        conn.batch_execute(options.generate(&registry).up())?;
        let other = Registry::new("app.user_id", registry.tenant_type, TABLES);
        Audit::new(&other).policies(options.clone()).run(conn)
    });
    let found = about_policies(&report);
    // Of each table the permissive policy and the guard.
    assert_eq!(found.len(), 2 * TABLES.len(), "{found:#?}");
    assert!(
        found
            .iter()
            .all(|f| f.starts_with("error[policy-wrong-variable]")),
        "{found:#?}"
    );
}

/// The policies that `generated` writes, where the application seals its tenants, judged as `judged` says.
fn sealed(
    database: &Audited,
    (registry, column): &(Registry, &str),
    generated: &PolicyOptions,
    judged: &PolicyOptions,
) -> Vec<String> {
    let report = database.after(&[&tables(column)], |conn| {
        create_key(conn, &sealer());
        for role in ["{app}", "{eraser}"] {
            tenancy_migrations::grant_sealed(conn, &database.fill(role)).unwrap();
        }
        conn.batch_execute(generated.generate(registry).up())?;
        Audit::new(registry).policies(judged.clone()).run(conn)
    });
    about_policies(&report)
}

#[test]
fn sealed_policies_are_the_ones_that_are_asked_for() {
    let database = Audited::new();
    for registry in TYPES {
        for on_missing in [OnMissing::NoRows, OnMissing::Error] {
            let plain = database.options().on_missing(on_missing);
            let options = plain.clone().sealed();
            let found = sealed(&database, registry, &options, &options);
            assert!(
                found.is_empty(),
                "{} {on_missing:?}: {found:#?}",
                registry.1
            );
            // They hold tenants apart where nobody has asked for them, too.
            let found = sealed(&database, registry, &options, &plain);
            assert!(
                found.is_empty(),
                "{} {on_missing:?}: {found:#?}",
                registry.1
            );
        }
    }
}

#[test]
fn policies_that_are_not_sealed_are_found_where_sealed_ones_are_asked_for() {
    let database = Audited::new();
    for registry in TYPES {
        let plain = database.options();
        let found = sealed(&database, registry, &plain, &plain.clone().sealed());
        // Of each table the permissive policy and the guard.
        assert_eq!(found.len(), 2 * TABLES.len(), "{found:#?}");
        assert!(
            found
                .iter()
                .all(|f| f.starts_with("warning[policy-text-differs]") && f.contains("not sealed")),
            "{found:#?}"
        );
    }
}
