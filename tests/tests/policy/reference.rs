//! The reference tables of `tenancy-migrations` carry what `policy_sql` writes.

use diesel::connection::SimpleConnection;
use tenancy_diesel::{Class, OnMissing, Registry, Table};

use crate::database::{Shop, lines};

const fn table(path: &'static str, class: Class) -> Table {
    Table {
        path,
        schema: Some("public"),
        name: path,
        class,
        columns: &[],
        primary_key: &["id"],
        encrypted: &[],
    }
}

const TABLES: &[Table] = &[
    table(
        "notes",
        Class::Tenant {
            column: "tenant_id",
        },
    ),
    table(
        "pages",
        Class::Via {
            column: "owner_id",
            owner: "notes",
            owner_key: "id",
        },
    ),
];

/// What there is to compare of the policies of a table. With an empty search path, so that names
/// come out with their schema.
fn policies(shop: &Shop, schema: &str, table: &str) -> Vec<String> {
    let conn = &mut shop.superuser();
    conn.batch_execute("SET search_path = ''").unwrap();
    lines(
        conn,
        &format!(
            "SELECT concat_ws(E'\\n', polname, polpermissive, polcmd, relrowsecurity,
                 relforcerowsecurity, pg_get_expr(polqual, c.oid), pg_get_expr(polwithcheck, c.oid))
             FROM pg_catalog.pg_policy
             JOIN pg_catalog.pg_class AS c ON c.oid = polrelid
             JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
             WHERE nspname = '{schema}' AND relname = '{table}'
             ORDER BY polname"
        ),
    )
}

#[test]
fn live_policies_equal_the_reference_but_for_names() {
    let shop = Shop::new();
    tenancy_migrations::run(&mut shop.superuser()).unwrap();
    for tenant_type in ["uuid", "int4", "int8", "text"] {
        for (on_missing, form) in [(OnMissing::NoRows, ""), (OnMissing::Error, "_strict")] {
            for variable in ["app.tenant_id", "shop.merchant"] {
                let registry = Registry::new(variable, tenant_type, TABLES);
                let options = shop.options().on_missing(on_missing);
                shop.migrate(&format!(
                    "CREATE TABLE notes (id bigint UNIQUE, tenant_id {tenant_type} NOT NULL);
                     CREATE TABLE pages (id bigint, owner_id bigint)"
                ))
                .unwrap();
                shop.migrate(options.generate(&registry).up()).unwrap();

                for (live, suffix) in [("notes", ""), ("pages", "_via")] {
                    let name = format!("reference_{tenant_type}{suffix}{form}");
                    let expected: Vec<String> = policies(&shop, "tenancy", &name)
                        .iter()
                        .map(|text| {
                            text.replace("'app.tenant_id'::text", &format!("'{variable}'::text"))
                                .replace(
                                    &format!("tenancy.reference_{tenant_type}"),
                                    "public.notes",
                                )
                                .replace(&name, live)
                        })
                        .collect();
                    assert_eq!(expected.len(), 2, "{name}");
                    assert_eq!(policies(&shop, "public", live), expected);
                }
                shop.migrate("DROP TABLE notes, pages").unwrap();
            }
        }
    }
}

#[test]
fn the_application_role_can_compare_without_a_privilege() {
    let shop = Shop::protected();
    tenancy_migrations::run(&mut shop.superuser()).unwrap();
    let query = "
        SELECT DISTINCT polname, pg_get_expr(polqual, polrelid)
        FROM pg_catalog.pg_policy
        JOIN pg_catalog.pg_class AS c ON c.oid = polrelid
        WHERE relname IN ('projects', 'reference_uuid')";
    let lines = lines(
        &mut shop.app(),
        &format!("SELECT polname FROM ({query}) AS q"),
    );
    assert_eq!(lines.len(), 2, "the texts are equal: {lines:?}");
}
