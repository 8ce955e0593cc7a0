//! What `up` refuses to begin with, because `down` could not put it back.

use diesel::connection::SimpleConnection;
use tenancy_diesel::{Class, PolicyOptions, Registry, Table};

use crate::database::{Shop, lines, refusal};

fn refused_after(preparation: &str) -> String {
    let shop = Shop::new();
    let preparation = preparation.replace("{app}", &shop.app);
    shop.owner().batch_execute(&preparation).unwrap();
    refusal(shop.apply(&shop.options())).replace(&shop.app, "{app}")
}

#[test]
fn a_nullable_tenant_column_is_refused() {
    let message = refused_after("ALTER TABLE tasks ALTER COLUMN tenant_id DROP NOT NULL");
    assert!(
        message.contains(
            "tasks: rows without a tenant are possible: \
             ALTER TABLE tasks ALTER COLUMN tenant_id SET NOT NULL"
        ),
        "{message}"
    );
}

/// Filter and policies compare with the column's own `=`, so both would take one tenant for the other.
#[test]
fn a_tenant_column_that_takes_two_ids_for_one_is_refused() {
    let shop = Shop::new();
    shop.owner()
        .batch_execute(
            "CREATE COLLATION billing.any_case (provider = icu, locale = 'und-u-ks-level1',
                 deterministic = false);
             CREATE TABLE billing.notes (tenant_id varchar(20) COLLATE billing.any_case NOT NULL)",
        )
        .unwrap();
    const NOTES: Registry = Registry::new(
        "app.tenant_id",
        "text",
        &[Table {
            path: "notes",
            schema: Some("billing"),
            name: "notes",
            class: Class::Tenant {
                column: "tenant_id",
            },
            columns: &[],
            primary_key: &[],
            encrypted: &[],
        }],
    );
    let policies = shop.options().generate(&NOTES);
    let message = refusal(shop.migrate(policies.up()));
    let advice =
        "ALTER TABLE billing.notes ALTER COLUMN tenant_id TYPE character varying(20) COLLATE \"C\"";
    assert!(message.contains(advice), "{message}");
    shop.owner().batch_execute(advice).unwrap();
    assert_eq!(shop.migrate(policies.up()), Ok(()));
}

/// With a key that is unique per tenant only, a row would have an owner in both.
#[test]
fn an_owner_without_a_unique_key_is_refused() {
    for key in [
        "ADD PRIMARY KEY (tenant_id, id)",
        "ADD PRIMARY KEY (tenant_id, id); CREATE UNIQUE INDEX ON tasks (id) WHERE id > 0",
        "ADD PRIMARY KEY (tenant_id, id); CREATE UNIQUE INDEX ON tasks ((id + 0))",
    ] {
        let message = refused_after(&format!(
            "ALTER TABLE tasks DROP CONSTRAINT tasks_pkey CASCADE; ALTER TABLE tasks {key}"
        ));
        assert!(
            message.contains(
                "attachments: two tenants could own a row, because id of tasks is not unique: \
                 ALTER TABLE tasks ADD UNIQUE (id)"
            ),
            "{key}: {message}"
        );
    }
}

#[test]
fn privileges_that_were_there_before_are_refused() {
    for (granted, advice) in [
        ("SELECT ON tasks TO {app}", "REVOKE ALL ON tasks FROM {app}"),
        (
            "SELECT ON tasks TO PUBLIC",
            "REVOKE ALL ON tasks FROM PUBLIC",
        ),
        (
            "UPDATE (name) ON tasks TO {app}",
            "REVOKE ALL ON tasks FROM {app}",
        ),
        (
            "INSERT ON countries TO {app}",
            "REVOKE ALL ON countries FROM {app}",
        ),
        (
            "USAGE ON SEQUENCE projects_id_seq TO {app}",
            "REVOKE ALL ON SEQUENCE projects_id_seq FROM {app}",
        ),
    ] {
        let message = refused_after(&format!("GRANT {granted}"));
        assert!(message.contains(advice), "{granted}: {message}");
    }
}

#[test]
fn the_advice_settles_it() {
    let shop = Shop::new();
    let grant = format!(
        "GRANT ALL ON ALL TABLES IN SCHEMA public TO {}, PUBLIC;",
        shop.app
    );
    shop.owner().batch_execute(&grant).unwrap();
    let message = refusal(shop.apply(&shop.options()));
    let statements: Vec<&str> = message
        .lines()
        .filter_map(|line| line.split_once("there are privileges already: "))
        .map(|(_, statement)| statement)
        .collect();
    assert_eq!(statements.len(), 6, "{message}");
    shop.owner().batch_execute(&statements.join(";")).unwrap();
    shop.apply(&shop.options()).unwrap();
}

#[test]
fn policies_of_another_origin_are_refused() {
    for preparation in [
        "ALTER TABLE tasks ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY other ON tasks USING (true)",
    ] {
        let message = refused_after(preparation);
        assert!(
            message.contains("tasks: it has row-level security of another origin"),
            "{message}"
        );
    }
}

#[test]
fn an_application_role_that_is_exempt_by_ownership_is_refused() {
    let shop = Shop::new();
    for role in [&shop.owner, &"postgres".to_owned()] {
        let message = refusal(shop.apply(&PolicyOptions::new().app_role(role)));
        let expected = format!("tasks: {role} owns it, can become its owner, or is a superuser");
        assert!(message.contains(&expected), "{message}");
    }
}

#[test]
fn a_role_that_does_not_exist_is_refused_and_public_is_none() {
    let shop = Shop::new();
    for role in ["nobody_has_this_name", "public"] {
        let message = refusal(shop.apply(&PolicyOptions::new().app_role(role)));
        assert_eq!(
            message,
            format!("tenancy: these roles do not exist: {role}")
        );
    }
}

#[test]
fn what_was_granted_after_up_is_taken_back_by_the_next_one() {
    let shop = Shop::protected();
    let (app, conn) = (&shop.app, &mut shop.owner());
    conn.batch_execute(&format!("GRANT ALL ON tasks TO PUBLIC, {app}"))
        .unwrap();
    shop.apply(&shop.options()).unwrap();
    let privileges = format!(
        "SELECT privilege_type FROM pg_class, aclexplode(relacl) \
         WHERE oid = 'tasks'::regclass AND grantee IN (0, '{app}'::regrole) ORDER BY 1"
    );
    assert_eq!(
        lines(conn, &privileges),
        ["DELETE", "INSERT", "SELECT", "UPDATE"]
    );
}

#[test]
fn a_tenant_without_a_name_is_refused_also_where_the_owner_cannot_see_it() {
    const NAMED: Registry = Registry::new(
        "app.tenant_id",
        "text",
        &[Table {
            path: "notes",
            schema: None,
            name: "notes",
            class: Class::Tenant { column: "tenant" },
            columns: &[],
            primary_key: &["tenant", "id"],
            encrypted: &[],
        }],
    );
    let shop = Shop::new();
    let policies = shop.options().generate(&NAMED);
    shop.migrate("CREATE TABLE notes (tenant text, id int, PRIMARY KEY (tenant, id))")
        .unwrap();
    shop.migrate(policies.up()).unwrap();
    shop.superuser()
        .batch_execute(
            "ALTER TABLE notes DROP CONSTRAINT tenancy_notes_tenant_check;
             INSERT INTO notes VALUES ('', 1)",
        )
        .unwrap();
    assert_eq!(
        lines(&mut shop.owner(), "SELECT count(*) FROM notes"),
        ["0"]
    );
    let message = refusal(shop.migrate(policies.up()));
    assert!(message.contains("tenancy_notes_tenant_check"), "{message}");

    shop.superuser().batch_execute("DELETE FROM notes").unwrap();
    shop.migrate(policies.up()).unwrap();
    let empty = "INSERT INTO notes VALUES ('', 1)";
    let message = refusal(shop.superuser().batch_execute(empty));
    assert!(message.contains("tenancy_notes_tenant_check"), "{message}");
    let constraints =
        "SELECT conname FROM pg_constraint WHERE conrelid = 'notes'::regclass AND contype = 'c'";
    shop.migrate(policies.down()).unwrap();
    assert!(lines(&mut shop.superuser(), constraints).is_empty());
}

#[test]
fn columns_that_the_table_does_not_have_are_named() {
    const fn table(
        path: &'static str,
        class: Class,
        primary_key: &'static [&'static str],
    ) -> Table {
        Table {
            path,
            schema: None,
            name: path,
            class,
            columns: &[],
            primary_key,
            encrypted: &[],
        }
    }
    const WRONG: Registry = Registry::new(
        "app.tenant_id",
        "uuid",
        &[
            table(
                "tasks",
                Class::Tenant {
                    column: "tenant_id",
                },
                &["tenant_id", "number"],
            ),
            table(
                "projects",
                Class::Tenant { column: "tenant" },
                &["tenant_id", "id"],
            ),
            table(
                "attachments",
                Class::Via {
                    column: "task",
                    owner: "tasks",
                    owner_key: "key",
                },
                &["id"],
            ),
        ],
    );
    let shop = Shop::new();
    let message = refusal(shop.migrate(shop.options().generate(&WRONG).up()));
    for expected in [
        "tasks: the registry names the column number, which it does not have",
        "projects: the registry names the column tenant, which it does not have",
        "attachments: the registry names the column task, which it does not have",
        "attachments: the registry names the column key of tasks, which that does not have",
    ] {
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_view_is_refused() {
    let shop = Shop::new();
    shop.migrate("ALTER TABLE projects RENAME TO p; CREATE VIEW projects AS SELECT * FROM p")
        .unwrap();
    let message = refusal(shop.apply(&shop.options()));
    assert!(message.contains("projects: it is not a table"), "{message}");
}

/// A partition, or a copy of a table, would be open to everybody from the start.
#[test]
fn default_privileges_of_the_owner_are_refused() {
    for (grantee, scope) in [("{app}", " IN SCHEMA public"), ("PUBLIC", "")] {
        let shop = Shop::new();
        let grantee = grantee.replace("{app}", &shop.app);
        shop.owner()
            .batch_execute(&format!(
                "ALTER DEFAULT PRIVILEGES{scope} GRANT SELECT ON TABLES TO {grantee}"
            ))
            .unwrap();
        let message = refusal(shop.apply(&shop.options()));
        let advice = format!(
            "ALTER DEFAULT PRIVILEGES FOR ROLE {}{scope} REVOKE ALL ON TABLES FROM {grantee}",
            shop.owner
        );
        assert!(message.contains(&advice), "{message}");
        shop.owner().batch_execute(&advice).unwrap();
        assert_eq!(shop.apply(&shop.options()), Ok(()));
    }
}
