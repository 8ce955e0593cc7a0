use crate::support::{Run, Shop, tenancy};

fn doctor(shop: &Shop) -> Run {
    shop.run(&["doctor"])
}

#[test]
fn a_sound_set_up_is_found_sound() {
    let shop = Shop::new().with_superuser();
    shop.run(&["keys", "create", "acme"]).fine();
    let out = doctor(&shop).fine();
    for part in [
        "none: the connection is a direct one",
        "the library's own are all applied",
        "row-level security applies to it",
        "all 4 tables of the registry are there",
        "enabled and forced on all 3 scoped tables",
        "for their role and for nobody else; 2 encrypted columns",
        "every tenant's keys are under it",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    assert!(!out.contains("broken"), "{out}");
}

#[test]
fn it_stops_at_the_first_broken_layer_and_says_what_mends_it() {
    let shop = Shop::empty().with_superuser();
    let run = doctor(&shop).ended(1, "tenancy migrations run");
    assert!(!run.out.contains("policies"), "{}", run.out);
    shop.run(&["migrations", "run"]).fine();
    let run = doctor(&shop).ended(1, "the database does not have public.accounts");
    assert!(run.out.contains("diesel migration run"), "{}", run.out);
    shop.execute(include_str!("../shop/tables.sql"));
    let run = doctor(&shop).ended(1, "has no policies of ours");
    assert!(
        run.out
            .contains("tenancy policies write --directory migrations"),
        "{}",
        run.out
    );
}

#[test]
fn an_unsafe_application_role_is_found_with_the_sql_that_mends_it() {
    let shop = Shop::new().with_superuser();
    let (app, owner) = (
        shop.server.role_name("odd_app"),
        shop.server.role_name("odd_owner"),
    );
    shop.execute(&format!(
        "CREATE ROLE {app} LOGIN BYPASSRLS; CREATE ROLE {owner} NOLOGIN; GRANT {owner} TO {app};
         ALTER TABLE countries OWNER TO {owner}; CREATE TABLE odd (id int4); ALTER TABLE odd OWNER TO {app}"
    ));
    let shop = shop.set("TENANCY_APP_ROLE", &app);
    let out = doctor(&shop).ended(1, "get round row-level security").out;
    for part in [
        format!("ALTER ROLE \"{app}\" NOBYPASSRLS;"),
        format!("REVOKE \"{owner}\" FROM \"{app}\";"),
        "owns public.odd".to_owned(),
    ] {
        assert!(out.contains(&part), "{part}\n{out}");
    }
    let shop = shop.set("TENANCY_APP_ROLE", "nobody_at_all");
    doctor(&shop).ended(1, "setup roles --app-role nobody_at_all");
}

#[test]
fn a_table_without_force_and_one_that_nobody_declared_are_found() {
    let shop = Shop::new().with_superuser();
    shop.execute("ALTER TABLE projects NO FORCE ROW LEVEL SECURITY");
    let mend = "ALTER TABLE \"public\".\"projects\" FORCE ROW LEVEL SECURITY;";
    doctor(&shop).ended(1, mend);
    shop.execute(mend);
    shop.execute("CREATE TABLE invoices (merchant_id text)");
    doctor(&shop).ended(0, "public.invoices have a tenant column");
    shop.run(&["doctor", "--strict"]).ended(1, "remark");
    shop.execute("DROP TABLE invoices; ALTER TABLE projects DROP COLUMN budget");
    doctor(&shop).ended(1, "does not have public.projects.budget");
}

#[test]
fn keys_that_are_missing_open_to_others_or_under_another_root_are_found() {
    let shop = Shop::new().with_superuser();
    shop.run(&["keys", "create", "acme"]).fine();
    let shop = shop.set("TENANCY_ROOT", "2026-07=env:SHOP_OTHER_ROOT");
    doctor(&shop).ended(0, "some tenants' keys are under 2026-01");
    let shop = shop.set("TENANCY_ROOT", "2026-07=file:/nowhere/root.key");
    doctor(&shop).ended(1, "the root key 2026-07 cannot be read");
    shop.execute(&format!(
        "GRANT SELECT ON tenancy.tenancy_keys TO {}",
        shop.app
    ));
    doctor(&shop).ended(1, "privileges on the key tables");
    let shop = shop.set("TENANCY_KEYS_DATABASE_URL", "");
    doctor(&shop).ended(1, "the database of the keys is not named");
}

#[test]
fn without_a_registry_it_says_what_can_be_told_from_the_database() {
    let shop = Shop::new().with_superuser().set("TENANCY_REGISTRY", "");
    let out = doctor(&shop).ended(0, "no registry was given").out;
    assert!(out.contains("3 of them have row-level security"), "{out}");
}

#[test]
fn the_application_itself_may_ask() {
    let shop = Shop::new();
    doctor(&shop).ended(0, "may not read their history");
}

#[test]
fn a_server_that_is_not_there_is_the_first_layer() {
    let run = tenancy(&["doctor", "--database-url", "postgres://x@127.0.0.1:1/x"]);
    run.ended(3, "cannot be reached");
}
