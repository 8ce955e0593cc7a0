//! The script that creates the roles.

use diesel::connection::SimpleConnection;
use tenancy_diesel::{PolicyOptions, bootstrap_sql};

use crate::database::{A, SHOP, Shop, lines, refusal, scoped};

/// Roles with names of their own for each test: roles belong to the whole server.
fn options(shop: &Shop, test: &str) -> PolicyOptions {
    let name = |role: &str| shop.server.role_name(&format!("{test}_{role}"));
    PolicyOptions::new()
        .owner_role(name("owner"))
        .migrator_role(name("migrator"))
        .app_role(name("app"))
        .admin_role(name("admin"))
        .eraser_role(name("eraser"))
        .keys_role(name("keys"))
        .schema("billing")
}

#[test]
fn the_script_makes_roles_that_work_and_can_run_again() {
    let shop = Shop::new();
    let options = options(&shop, "boot");
    let script = bootstrap_sql(&options);
    shop.superuser().batch_execute(&script).unwrap();
    shop.superuser().batch_execute(&script).unwrap();

    let role = |name: &str| shop.server.role_name(&format!("boot_{name}"));
    let attributes = format!(
        "SELECT concat_ws(' ', rolname, rolcanlogin, rolinherit) FROM pg_roles \
         WHERE rolname LIKE '{}%' AND NOT (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb)
         ORDER BY rolname",
        role("")
    );
    assert_eq!(
        lines(&mut shop.superuser(), &attributes),
        [
            format!("{} t t", role("admin")),
            format!("{} t t", role("app")),
            format!("{} t t", role("eraser")),
            format!("{} t t", role("keys")),
            format!("{} t f", role("migrator")),
            format!("{} f t", role("owner")),
        ]
    );

    // The tables of the fixture change hands; then the migrator does its work.
    let mut superuser = shop.superuser();
    superuser
        .batch_execute(&format!(
            "REASSIGN OWNED BY {} TO {}",
            shop.owner,
            role("owner")
        ))
        .unwrap();
    let mut migrator = shop.connect(&role("migrator"));
    tenancy_migrations::run(&mut migrator).unwrap();
    tenancy_migrations::grant_keys(&mut migrator, &role("keys")).unwrap();
    migrator
        .batch_execute(options.generate(&SHOP).up())
        .unwrap();
    migrator
        .batch_execute("CREATE TABLE made (id int)")
        .unwrap();
    let owner = "SELECT tableowner FROM pg_tables WHERE tablename IN ('made', 'schema_migrations')";
    assert_eq!(lines(&mut migrator, owner), [role("owner"), role("owner")]);

    let keys = &mut shop.connect(&role("keys"));
    assert!(lines(keys, "SELECT tenant FROM tenancy.tenancy_kek").is_empty());
    let message = refusal(keys.batch_execute("SELECT * FROM tasks"));
    assert!(message.contains("permission denied"), "{message}");

    let app = &mut scoped(shop.connect(&role("app")), A);
    assert_eq!(lines(app, "SELECT name FROM tasks"), ["of a"]);
    for statement in [
        format!("SET ROLE {}", role("owner")),
        format!("SET ROLE {}", role("keys")),
        "SELECT * FROM tenancy.tenancy_keys".to_owned(),
        "CREATE TABLE mine (id int)".to_owned(),
        "CREATE TEMPORARY TABLE mine (id int)".to_owned(),
    ] {
        let message = refusal(app.batch_execute(&statement));
        assert!(
            message.contains("permission denied"),
            "{statement}: {message}"
        );
    }
}

#[test]
fn roles_that_existed_and_are_exempt_are_refused() {
    let shop = Shop::new();
    let options = options(&shop, "exempt");
    let role = |name: &str| shop.server.role_name(&format!("exempt_{name}"));
    let mut superuser = shop.superuser();
    superuser
        .batch_execute(&format!("CREATE ROLE {} BYPASSRLS", role("app")))
        .unwrap();
    let message = refusal(superuser.batch_execute(&bootstrap_sql(&options)));
    assert!(message.contains(&role("app")), "{message}");

    superuser
        .batch_execute(&format!(
            "ALTER ROLE {app} NOBYPASSRLS; CREATE ROLE {owner}; GRANT {owner} TO {app}",
            app = role("app"),
            owner = role("owner"),
        ))
        .unwrap();
    let message = refusal(superuser.batch_execute(&bootstrap_sql(&options)));
    assert!(message.contains("can become the owner"), "{message}");
}
