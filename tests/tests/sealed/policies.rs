//! The sealed policies: beside the reference, for each role, and where they are refused.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::{Class, OnMissing, PolicyOptions, Registry, Table};
use tenancy_migrations::{grant_sealed, retire_sealing_key};
use tenancy_tests::schema::REGISTRY;
use tenancy_tests::{A, B};

use crate::world::{Mode, Shop, lines, sealed};

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

fn policies(conn: &mut PgConnection, schema: &str, table: &str) -> Vec<String> {
    lines(
        conn,
        &format!(
            "SELECT concat_ws(' ', polname, polpermissive, polcmd, relrowsecurity, relforcerowsecurity,
                 pg_get_expr(polqual, c.oid), pg_get_expr(polwithcheck, c.oid)) AS line
             FROM pg_catalog.pg_policy JOIN pg_catalog.pg_class AS c ON c.oid = polrelid
             JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace
             WHERE nspname = '{schema}' AND relname = '{table}' ORDER BY polname"
        ),
    )
    .unwrap()
}

#[test]
fn live_policies_equal_the_reference_but_for_names() {
    let shop = Shop::new(Mode::Sealed);
    let app = shop.app_role();
    for tenant_type in ["uuid", "int4", "int8", "text"] {
        for (on_missing, form) in [(OnMissing::NoRows, ""), (OnMissing::Error, "_strict")] {
            let registry = Registry::new("shop.merchant", tenant_type, TABLES);
            let options = PolicyOptions::new()
                .app_role(app)
                .sealed()
                .on_missing(on_missing);
            shop.superuser()
                .test_transaction::<_, diesel::result::Error, _>(|conn| {
                    conn.batch_execute(&format!(
                        "CREATE TABLE notes (id bigint UNIQUE, tenant_id {tenant_type} NOT NULL);
                         CREATE TABLE pages (id bigint, owner_id bigint)"
                    ))?;
                    conn.batch_execute(options.generate(&registry).up())?;
                    conn.batch_execute("SET LOCAL search_path = ''")?;
                    for (live, suffix) in [("notes", ""), ("pages", "_via")] {
                        let name = format!("reference_{tenant_type}{suffix}_sealed{form}");
                        let expected: Vec<String> = policies(conn, "tenancy", &name)
                            .iter()
                            .map(|text| {
                                text.replace("'app.tenant_id'::text", "'shop.merchant'::text")
                                    .replace(
                                        &format!("tenancy.reference_{tenant_type}_sealed "),
                                        "public.notes ",
                                    )
                                    .replace(&name, live)
                            })
                            .collect();
                        assert_eq!(expected.len(), 2, "{name}");
                        assert_eq!(policies(conn, "public", live), expected);
                    }
                    Ok(())
                });
        }
    }
}

/// The eraser is confined to the tenant that it names, and the admin reads without naming one.
#[test]
fn the_eraser_and_the_admin_work_under_sealed_policies() {
    let shop = Shop::new(Mode::Plain);
    let [eraser, admin] = ["sealed_eraser", "sealed_admin"]
        .map(|name| shop.server().create_login_role(name).unwrap());
    grant_sealed(&mut shop.owner(), &eraser).unwrap();
    let options = PolicyOptions::new()
        .app_role(shop.app_role())
        .eraser_role(&eraser)
        .admin_role(&admin)
        .sealed();
    let mut superuser = shop.superuser();
    superuser
        .batch_execute(options.generate(&REGISTRY).up())
        .unwrap();
    superuser
        .batch_execute(&format!(
            "GRANT USAGE ON SCHEMA public, billing TO {eraser}, {admin}"
        ))
        .unwrap();

    let all = "SELECT name::text AS line FROM projects";
    assert_eq!(lines(&mut shop.connect_as(&admin), all).unwrap().len(), 7);

    let mut conn = shop.connect_as(&eraser);
    let mut erase = |value: &str| {
        let set = format!("ROLLBACK; BEGIN; SET LOCAL app.tenant_id = '{value}'");
        conn.batch_execute(&set)?;
        diesel::sql_query("DELETE FROM comments").execute(&mut conn)
    };
    assert_eq!(erase(&sealed(A)), Ok(2));
    assert_eq!(erase(""), Ok(0));
    let plain = erase(&B.0.to_string()).unwrap_err();
    assert!(plain.to_string().contains("not sealed"), "{plain}");
}

/// The sealed policies take the place of the plain ones, and `down` leaves none.
#[test]
fn a_database_is_sealed_and_unsealed_by_migrations() {
    let shop = Shop::new(Mode::Plain);
    let options = PolicyOptions::new().app_role(shop.app_role()).sealed();
    let sql = options.generate(&REGISTRY);
    let mut superuser = shop.superuser();
    for _ in 0..2 {
        superuser.batch_execute(sql.up()).unwrap();
        let mut conn = shop.raw();
        conn.batch_execute(&format!("BEGIN; SET LOCAL app.tenant_id = '{}'", sealed(A)))
            .unwrap();
        let names = lines(&mut conn, "SELECT name::text AS line FROM projects");
        assert_eq!(names.unwrap().len(), 3);
    }
    superuser.batch_execute(sql.down()).unwrap();
    assert_eq!(policies(&mut superuser, "public", "projects").len(), 0);
}

#[test]
fn up_is_refused_without_the_function_a_privilege_or_a_key() {
    let shop = Shop::new(Mode::Plain);
    let sql = PolicyOptions::new()
        .app_role(shop.app_role())
        .sealed()
        .generate(&REGISTRY);
    let refusal = || {
        let refused = shop.superuser().batch_execute(sql.up());
        refused.unwrap_err().to_string()
    };
    let mut owner = shop.owner();
    assert!(retire_sealing_key(&mut owner, "k1").unwrap());
    assert_eq!(
        refusal(),
        "tenancy: there is no key by which sealed tenants could be verified"
    );
    owner
        .batch_execute(&format!(
            "REVOKE EXECUTE ON FUNCTION tenancy.sealed_tenant(text, boolean) FROM {}",
            shop.app_role()
        ))
        .unwrap();
    let roles = refusal();
    assert!(
        roles.starts_with("tenancy: these roles may not have a sealed tenant verified: "),
        "{roles}"
    );
    tenancy_migrations::revert_all(&mut owner).unwrap();
    assert_eq!(
        refusal(),
        "tenancy: the function tenancy.sealed_tenant is missing"
    );
}

/// The function stays as long as a policy reads it.
#[test]
fn the_library_is_not_reverted_under_sealed_policies() {
    let shop = Shop::new(Mode::Sealed);
    let error = tenancy_migrations::revert_all(&mut shop.owner()).unwrap_err();
    assert!(error.to_string().contains("depend"), "{error}");
    let mut scope = shop.scope_of(A);
    let names = lines(&mut scope, "SELECT name::text AS line FROM projects");
    assert_eq!(names.unwrap().len(), 3);
}
