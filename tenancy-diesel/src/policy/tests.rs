//! The texts as a whole, against the files in `golden/`.

use tenancy_core::{Class, Registry, Table};

use super::predicate::condition;
use super::{OnMissing, PolicyOptions, bootstrap_sql, policy_sql};

const fn table(
    path: &'static str,
    name: &'static str,
    class: Class,
    primary_key: &'static [&'static str],
) -> Table {
    Table {
        path,
        schema: None,
        name,
        class,
        columns: &[],
        primary_key,
        encrypted: &[],
    }
}

const fn tenant(column: &'static str) -> Class {
    Class::Tenant { column }
}

const fn via(column: &'static str, owner: &'static str) -> Class {
    Class::Via {
        column,
        owner,
        owner_key: "id",
    }
}

const SHOP: Registry = Registry::new(
    "app.tenant_id",
    "uuid",
    &[
        table(
            "organisations",
            "organisations",
            Class::Root { column: "id" },
            &["id"],
        ),
        table(
            "projects",
            "projects",
            tenant("tenant_id"),
            &["tenant_id", "id"],
        ),
        table("tasks", "tasks", tenant("tenant_id"), &["id"]),
        table("comments", "comments", via("task_id", "tasks"), &["id"]),
        table(
            "attachments",
            "attachments",
            via("comment_id", "comments"),
            &["comment_id", "id"],
        ),
        Table {
            schema: Some("billing"),
            ..table("billing::tasks", "tasks", via("task_id", "tasks"), &["id"])
        },
        table("countries", "countries", Class::Shared, &["code"]),
        table(
            "legacy_events",
            "legacy_events",
            Class::Excluded {
                reason: "moves in Q3;\nDROP TABLE projects",
            },
            &["id"],
        ),
    ],
);

const ODD: Registry = Registry::new(
    "app.t'; DROP TABLE x; --",
    "text",
    &[Table {
        schema: Some("a\"b"),
        ..table(
            "odd",
            "it's $tenancy$ \"odd\"; DROP TABLE x; --",
            tenant("c\"; DROP TABLE x; --"),
            &["id", "c\"; DROP TABLE x; --"],
        )
    }],
);

fn all_roles() -> PolicyOptions {
    PolicyOptions::new()
        .app_role("shop_app")
        .admin_role("tenancy_admin")
        .eraser_role("tenancy_eraser")
}

/// Compares with a file, or writes the file when `TENANCY_BLESS` is set.
fn assert_golden(file: &str, text: &str) {
    let path = format!("{}/src/policy/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("TENANCY_BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap();
    assert!(
        expected == text,
        "{file} differs; run again with TENANCY_BLESS=1 and read the difference"
    );
}

#[test]
fn a_schema_with_all_classes_of_tables() {
    let policies = policy_sql(&SHOP);
    assert_golden("shop_up.sql", policies.up());
    assert_golden("shop_down.sql", policies.down());
}

#[test]
fn all_roles_and_the_loud_form() {
    let policies = all_roles()
        .on_missing(OnMissing::Error)
        .only(["projects", "countries"])
        .generate(&SHOP);
    assert_golden("roles_up.sql", policies.up());
    assert_golden("roles_down.sql", policies.down());
}

#[test]
fn the_sealed_forms() {
    let policies = all_roles()
        .sealed()
        .only(["projects", "comments"])
        .generate(&SHOP);
    assert_golden("sealed_up.sql", policies.up());
    assert_golden("sealed_down.sql", policies.down());
    assert_eq!(
        condition(
            &SHOP,
            SHOP.table("projects").unwrap(),
            &PolicyOptions::new().sealed().on_missing(OnMissing::Error)
        ),
        "\"tenant_id\" = (SELECT tenancy.sealed_tenant('app.tenant_id', true)::uuid)"
    );
}

#[test]
fn a_policy_for_each_command_and_all_that_the_tenant_column_needs() {
    let policies = all_roles()
        .per_command(true)
        .tenant_not_null(true)
        .tenant_default(true)
        .tenant_keys(true)
        .only(["tasks", "comments"])
        .generate(&SHOP);
    assert_golden("options_up.sql", policies.up());
    assert_golden("options_down.sql", policies.down());
}

#[test]
fn the_online_form() {
    let migrations = PolicyOptions::new()
        .online(true)
        .tenant_not_null(true)
        .only(["tasks"])
        .migrations(&SHOP);
    let text: String = migrations
        .as_slice()
        .iter()
        .map(|migration| {
            let (name, in_transaction) = (migration.name(), migration.run_in_transaction());
            format!(
                "-- {name}, in a transaction: {in_transaction}\n{}\n-- down\n{}\n",
                migration.up(),
                migration.down()
            )
        })
        .collect();
    assert_golden("online.sql", &text);
}

#[test]
fn the_migrations_of_a_tenant_column() {
    for (file, online) in [
        ("tenant_column.sql", false),
        ("tenant_column_online.sql", true),
    ] {
        let migrations = PolicyOptions::new()
            .online(online)
            .add_tenant_column(&SHOP, "comments");
        let text: String = migrations
            .as_slice()
            .iter()
            .map(|migration| format!("-- {}\n{}\n", migration.name(), migration.up()))
            .collect();
        assert_golden(file, &text);
    }
}

#[test]
fn names_cannot_leave_their_place() {
    let policies = PolicyOptions::new()
        .app_role("a\"; DROP ROLE x; --'")
        .generate(&ODD);
    assert_golden("odd_up.sql", policies.up());
    assert_golden("odd_down.sql", policies.down());
}

#[test]
fn the_bootstrap_script() {
    assert_golden(
        "bootstrap.sql",
        &bootstrap_sql(&all_roles().schema("billing")),
    );
}

#[test]
fn a_table_owned_through_another_one_asks_for_the_tenant_of_that() {
    let comments = SHOP.table("comments").unwrap();
    assert_eq!(
        condition(&SHOP, comments, &PolicyOptions::new()),
        "EXISTS (SELECT 1 FROM \"tasks\" AS \"tenancy_owner_0\" \
         WHERE \"tenancy_owner_0\".\"id\" = \"comments\".\"task_id\" \
         AND \"tenancy_owner_0\".\"tenant_id\" = \
         (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))"
    );
}

#[test]
fn no_text_ends_a_transaction_or_begins_one() {
    for text in [policy_sql(&SHOP), policy_sql(&ODD)]
        .iter()
        .flat_map(|policies| [policies.up(), policies.down()])
    {
        for line in text.lines() {
            assert!(
                !line.starts_with("BEGIN;") && !line.starts_with("COMMIT"),
                "{line}"
            );
        }
    }
}

#[test]
#[should_panic(expected = "table `a` is owned through `b`, which leads to no tenant")]
fn owners_in_a_circle_are_refused() {
    const CIRCLE: Registry = Registry::new(
        "app.tenant_id",
        "uuid",
        &[
            table("a", "a", via("b_id", "b"), &["id"]),
            table("b", "b", via("a_id", "a"), &["id"]),
        ],
    );
    policy_sql(&CIRCLE);
}

#[test]
#[should_panic(expected = "table `countries` leads to no tenant")]
fn a_shared_owner_is_refused() {
    const SHARED: Registry = Registry::new(
        "app.tenant_id",
        "uuid",
        &[
            table("countries", "countries", Class::Shared, &["id"]),
            table("cities", "cities", via("country_id", "countries"), &["id"]),
        ],
    );
    policy_sql(&SHARED);
}

#[test]
#[should_panic(expected = "`only` names the table `taks`")]
fn a_misspelt_table_is_refused() {
    let _ = PolicyOptions::new().only(["taks"]).generate(&SHOP);
}
