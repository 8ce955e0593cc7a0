use crate::support::Shop;

/// The tables without their policies.
fn bare() -> Shop {
    let shop = Shop::empty().with_superuser();
    shop.run(&["migrations", "run"]).fine();
    shop.execute(include_str!("../shop/tables.sql"));
    shop
}

#[test]
fn policies_are_shown_and_run_and_then_nothing_differs() {
    let shop = bare();
    shop.run(&["policies", "diff"])
        .ended(1, "row-level security is not enabled");
    let up = shop.run(&["policies", "show"]).fine();
    assert!(
        up.contains("\"tenancy_scope\"") && up.contains("shop.merchant"),
        "{up}"
    );
    shop.execute(&up);
    shop.run(&["policies", "diff"])
        .ended(0, "the database has what the program wants");
    let down = shop.run(&["policies", "show", "--down"]).fine();
    shop.execute(&down);
    shop.run(&["policies", "diff"])
        .ended(1, "policy tenancy_scope is missing");
}

#[test]
fn what_differs_is_applied_when_it_is_asked_for() {
    let shop = bare();
    shop.run(&["policies", "apply"])
        .ended(1, "CREATE POLICY \"tenancy_scope\"");
    shop.run(&["policies", "diff"])
        .ended(1, "row-level security is not enabled");
    shop.run(&["policies", "apply", "--yes"])
        .ended(0, "settled");
    shop.run(&["policies", "apply", "--yes"])
        .ended(0, "the database has what the program wants");
    shop.execute("ALTER TABLE projects NO FORCE ROW LEVEL SECURITY");
    shop.run(&["policies", "apply", "--yes"])
        .ended(0, "settled 1");
    shop.run(&["policies", "diff"])
        .ended(0, "the database has what the program wants");
}

#[test]
fn policies_for_each_command_are_ours_too() {
    let shop = bare();
    let each = ["--per-command", "--error-on-missing"];
    let up = shop
        .run(&[&["policies", "show"][..], &each].concat())
        .fine();
    shop.execute(&up);
    shop.run(&[&["policies", "diff"][..], &each].concat())
        .ended(0, "has what the program wants");
    shop.run(&["policies", "diff"])
        .ended(1, "policy tenancy_scope is missing");
    let run = shop.run(&["doctor"]);
    assert!(
        run.out
            .contains("enabled and forced on all 3 scoped tables"),
        "{run:?}"
    );
}

#[test]
fn policies_are_written_as_migrations_and_never_over_others() {
    let shop = bare();
    let directory = shop.path("migrations");
    let write = [
        "policies",
        "write",
        "--directory",
        &directory,
        "--version",
        "2026-01-31-120000",
    ];
    let written = shop.run(&write).fine();
    let up = std::path::Path::new(written.lines().next().unwrap());
    assert!(
        up.ends_with("2026-01-31-120000_tenancy_policies/up.sql"),
        "{written}"
    );
    shop.execute(&std::fs::read_to_string(up).unwrap());
    shop.run(&["policies", "diff"])
        .ended(0, "has what the program wants");
    shop.run(&write)
        .ended(2, "has a migration 2026-01-31-120000");
    // The version is that of now, so it comes behind the first.
    let only = [
        "policies",
        "write",
        "--directory",
        &directory,
        "--only",
        "projects",
    ];
    assert!(shop.run(&only).fine().contains("_tenancy_policies"));
    shop.run(&["policies", "show", "--only", "plans"])
        .ended(2, "no table plans");
}

#[test]
fn a_difference_is_named_and_the_written_migration_settles_it() {
    let shop = Shop::new().with_superuser();
    let app = shop.app.clone();
    shop.execute(&format!(
        "ALTER TABLE projects NO FORCE ROW LEVEL SECURITY; GRANT TRUNCATE ON accounts TO {app};
         ALTER POLICY tenancy_guard ON merchants USING (true)"
    ));
    let directory = shop.path("migrations");
    let run = shop.run(&["policies", "diff", "--directory", &directory]);
    let out = run.ended(1, "row-level security is not forced").out;
    for part in [
        "has other privileges",
        "policy tenancy_guard has another condition",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    let up = out.lines().find(|line| line.ends_with("up.sql")).unwrap();
    shop.execute(&std::fs::read_to_string(up).unwrap());
    shop.run(&["policies", "diff"])
        .ended(0, "has what the program wants");
}

#[test]
fn policies_for_citus_come_behind_the_distribution() {
    let shop = bare();
    let up = shop.run(&["policies", "show", "--citus"]).fine();
    let (distribution, policies) = up.split_once("CREATE POLICY").unwrap();
    assert!(distribution.contains("create_distributed_table"), "{up}");
    assert!(!policies.contains("(SELECT nullif"), "{up}");
    let down = shop.run(&["policies", "show", "--citus", "--down"]).fine();
    assert!(down.trim_end().ends_with("$tenancy$;") && down.contains("undistribute_table"));
    let directory = shop.path("migrations");
    let files = shop
        .run(&["policies", "write", "--citus", "--directory", &directory])
        .fine();
    assert!(files.contains("_tenancy_distribution"), "{files}");
    shop.run(&["policies", "show", "--citus", "--sealed"])
        .ended(2, "cannot be used with");
}

#[test]
fn sealed_policies_are_shown() {
    let sealed = bare().run(&["policies", "show", "--sealed"]).fine();
    assert!(sealed.contains("tenancy.sealed_tenant("), "{sealed}");
}

#[test]
fn a_database_without_a_declaration_is_described() {
    let shop = bare().set("TENANCY_REGISTRY", "");
    let file = shop.path("described.json");
    let describe = [
        "policies",
        "describe",
        "--tenant-column",
        "merchant_id",
        "--root",
        "merchants",
        "--variable",
        "shop.merchant",
        "--output",
        &file,
    ];
    let out = shop
        .run(&describe)
        .ended(1, "the tenant in merchant_id")
        .out;
    for part in ["the tenants themselves, id", "whose? say --shared"] {
        assert!(out.contains(part), "{part}\n{out}");
    }
    let out = shop
        .run(&[&describe[..], &["--shared", "countries"]].concat())
        .out;
    assert!(
        out.contains("everybody") && !out.contains("whose?"),
        "{out}"
    );
    // The file is a registry to go on with.
    let shown = shop.run(&["policies", "show", "--registry", &file]).fine();
    assert!(shown.contains("shop.merchant"), "{shown}");
    shop.run(&["policies", "describe", "--tenant-column", "nothing"])
        .ended(4, "no table has a column");
    shop.run(&["policies", "show"])
        .ended(2, "needs to know the application's tables");
}
