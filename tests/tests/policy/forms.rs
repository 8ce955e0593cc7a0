//! Policies for each command, and what the options add to the tenant column.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::{OnMissing, PolicyOptions};

use crate::database::{A, B, SCOPED, Shop, lines, refusal, touched};

fn policies(shop: &Shop, table: &str) -> Vec<String> {
    lines(
        &mut shop.superuser(),
        &format!(
            "SELECT concat_ws(' ', polname, polcmd, polpermissive, polqual IS NOT NULL,
                 polwithcheck IS NOT NULL)
             FROM pg_policy WHERE polrelid = '{table}'::regclass ORDER BY polname"
        ),
    )
}

#[test]
fn each_command_has_the_conditions_that_it_takes() {
    let shop = Shop::new();
    shop.apply(&shop.options().per_command(true)).unwrap();
    assert_eq!(
        policies(&shop, "tasks"),
        [
            "tenancy_guard_delete d f t f",
            "tenancy_guard_insert a f f t",
            "tenancy_guard_select r f t f",
            "tenancy_guard_update w f t t",
            "tenancy_scope_delete d t t f",
            "tenancy_scope_insert a t f t",
            "tenancy_scope_select r t t f",
            "tenancy_scope_update w t t t",
        ]
    );
}

#[test]
fn the_other_form_leaves_nothing_of_the_first() {
    let shop = Shop::new();
    let (all, each) = (shop.options(), shop.options().per_command(true));
    for (first, second, count) in [(&all, &each, 8), (&each, &all, 2)] {
        shop.apply(first).unwrap();
        shop.apply(second).unwrap();
        for (table, _) in SCOPED {
            let table = table.replace('\'', "''");
            assert_eq!(policies(&shop, &table).len(), count, "{table}");
        }
        // The migration that is reverted need not be the one that ran last.
        shop.revert(first).unwrap();
        assert!(policies(&shop, "tasks").is_empty());
    }
}

/// What one tenant can do to another, in each form of the policies.
fn attack(shop: &Shop) -> Vec<String> {
    let conn = &mut shop.app_of(A);
    let mut successes = Vec::new();
    for (table, column) in SCOPED {
        let seen = lines(
            conn,
            &format!("SELECT count(*) FROM {table} WHERE {column} = 'of b'"),
        );
        if seen != ["0"] {
            successes.push(format!("read {table}"));
        }
        for statement in [
            format!("UPDATE {table} SET {column} = 'x' WHERE {column} = 'of b'"),
            format!(
                "WITH g AS (DELETE FROM {table} WHERE {column} = 'of b' RETURNING 1) SELECT FROM g"
            ),
        ] {
            let done: QueryResult<usize> =
                conn.transaction(|conn| diesel::sql_query(&statement).execute(conn));
            if done.is_ok_and(|rows| rows > 0) {
                successes.push(statement);
            }
        }
    }
    for statement in [
        format!("INSERT INTO projects VALUES ('{B}', 77, 'x')"),
        format!("INSERT INTO tasks (tenant_id, name) VALUES ('{B}', 'x')"),
        "INSERT INTO attachments VALUES (77, 2, 'x')".to_owned(),
        format!("UPDATE projects SET tenant_id = '{B}'"),
        "UPDATE attachments SET task_id = 2".to_owned(),
        format!(
            "INSERT INTO organisations VALUES ('{B}', 'x') ON CONFLICT (id) DO UPDATE SET name = 'x'"
        ),
        format!(
            "MERGE INTO projects USING (SELECT 1) AS s ON false
             WHEN NOT MATCHED THEN INSERT VALUES ('{B}', 78, 'x')"
        ),
    ] {
        if conn
            .transaction(|conn| diesel::sql_query(&statement).execute(conn))
            .is_ok()
        {
            successes.push(statement);
        }
    }
    successes
}

fn every_form(shop: &Shop) -> Vec<PolicyOptions> {
    let mut forms = Vec::new();
    for per_command in [false, true] {
        for on_missing in [OnMissing::NoRows, OnMissing::Error] {
            let options = shop
                .options()
                .per_command(per_command)
                .on_missing(on_missing);
            forms.push(options.clone());
            forms.push(
                options
                    .tenant_default(true)
                    .tenant_keys(true)
                    .tenant_not_null(true),
            );
        }
    }
    forms
}

#[test]
fn no_form_lets_one_tenant_reach_another() {
    let shop = Shop::new();
    for options in every_form(&shop) {
        shop.apply(&options).unwrap();
        assert_eq!(attack(&shop), [""; 0], "{options:?}");
        shop.revert(&options).unwrap();
    }
}

/// The control: each attack succeeds where the policies are absent.
#[test]
fn every_attack_succeeds_without_policies() {
    let shop = Shop::protected();
    for (table, _) in SCOPED {
        shop.owner()
            .batch_execute(&format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
            .unwrap();
    }
    let successes = attack(&shop);
    for (table, _) in SCOPED {
        assert!(successes.contains(&format!("read {table}")), "{table}");
    }
    for kind in [
        "INSERT INTO projects",
        "UPDATE projects",
        "MERGE",
        "ON CONFLICT",
    ] {
        assert!(
            successes.iter().any(|statement| statement.contains(kind)),
            "{kind}: {successes:#?}"
        );
    }
}

#[test]
fn without_one_of_the_policies_its_command_has_no_rows() {
    let shop = Shop::new();
    shop.apply(&shop.options().per_command(true)).unwrap();
    shop.owner()
        .batch_execute("DROP POLICY tenancy_scope_delete ON projects")
        .unwrap();
    let conn = &mut shop.app_of(A);
    assert_eq!(touched(conn, "DELETE FROM projects"), Ok(0));
    assert_eq!(touched(conn, "UPDATE projects SET name = 'of a'"), Ok(2));
}

#[test]
fn a_default_fills_in_the_tenant_of_the_session() {
    let shop = Shop::new();
    let insert = "INSERT INTO tasks (name) VALUES ('new')";
    shop.apply(&shop.options()).unwrap();
    let message = refusal(touched(&mut shop.app_of(A), insert));
    assert!(message.contains("row-level security"), "{message}");

    shop.apply(&shop.options().tenant_default(true)).unwrap();
    assert_eq!(touched(&mut shop.app_of(A), insert), Ok(1));
    let owner = "SELECT tenant_id FROM tasks WHERE name = 'new'";
    assert_eq!(lines(&mut shop.superuser(), owner), [A]);
    // Without a tenant there is none to fill in.
    assert!(touched(&mut shop.app(), insert).is_err());
}

#[test]
fn another_default_is_refused_and_ours_is_not() {
    let shop = Shop::new();
    let options = shop.options().tenant_default(true);
    shop.migrate(&format!(
        "ALTER TABLE tasks ALTER COLUMN tenant_id SET DEFAULT '{A}'"
    ))
    .unwrap();
    let message = refusal(shop.apply(&options));
    let advice = "ALTER TABLE tasks ALTER COLUMN tenant_id DROP DEFAULT";
    assert!(
        message.contains(&format!("tasks: tenant_id has another default: {advice}")),
        "{message}"
    );
    shop.migrate(advice).unwrap();
    shop.apply(&options).unwrap();
    shop.apply(&options).unwrap();
}

#[test]
fn not_null_is_set_on_request_and_taken_back() {
    let shop = Shop::new();
    shop.migrate("ALTER TABLE tasks ALTER COLUMN tenant_id DROP NOT NULL")
        .unwrap();
    let not_null = "SELECT attrelid::regclass FROM pg_attribute
        WHERE attname = 'tenant_id' AND attnotnull AND attrelid IN ('tasks'::regclass, 'projects'::regclass)
        ORDER BY 1::text";
    let options = shop.options().tenant_not_null(true);
    shop.apply(&options).unwrap();
    assert_eq!(
        lines(&mut shop.superuser(), not_null).len(),
        2,
        "projects was so before"
    );
    shop.revert(&options).unwrap();
    assert_eq!(lines(&mut shop.superuser(), not_null), ["projects"]);
}

#[test]
fn rows_without_a_tenant_stop_not_null_and_name_the_table() {
    let shop = Shop::new();
    shop.migrate(
        "ALTER TABLE tasks ALTER COLUMN tenant_id DROP NOT NULL;
         INSERT INTO tasks (name) VALUES ('nobody''s')",
    )
    .unwrap();
    let message = refusal(shop.apply(&shop.options().tenant_not_null(true)));
    assert!(message.contains("\"tasks\""), "{message}");
}

#[test]
fn a_tenant_key_can_be_the_target_of_foreign_keys() {
    let shop = Shop::new();
    shop.apply(&shop.options().tenant_keys(true)).unwrap();
    shop.migrate(
        "CREATE TABLE notes (tenant_id uuid NOT NULL, task_id int NOT NULL,
             FOREIGN KEY (tenant_id, task_id) REFERENCES tasks (tenant_id, id))",
    )
    .unwrap();
    let wrong = format!("INSERT INTO notes VALUES ('{A}', 2)");
    let message = refusal(touched(&mut shop.superuser(), &wrong));
    assert!(message.contains("foreign key"), "{message}");
}
