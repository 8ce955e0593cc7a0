//! Partitions and inheritance children, which have no policies of themselves.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::{Class, PolicyOptions, Registry, Table};

use crate::catalog::pg_dump;
use crate::database::{A, B, Shop, lines, refusal, touched, try_lines};

const fn table(path: &'static str, class: Class, primary_key: &'static [&'static str]) -> Table {
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

const TENANT: Class = Class::Tenant {
    column: "tenant_id",
};

const REGISTRY: Registry = Registry::new(
    "app.tenant_id",
    "uuid",
    &[
        table("tasks", TENANT, &["id"]),
        table("events", TENANT, &["tenant_id", "day", "id"]),
        table(
            "files",
            Class::Via {
                column: "task_id",
                owner: "tasks",
                owner_key: "id",
            },
            &["id"],
        ),
        table("logs", TENANT, &["id"]),
        // A child that the schema file has, and the registry with it.
        table("logs_old", TENANT, &["id"]),
    ],
);

const TABLES: &str = r#"
    CREATE TABLE events (
        tenant_id uuid NOT NULL, day int NOT NULL, id int NOT NULL, name text NOT NULL,
        PRIMARY KEY (tenant_id, day, id)) PARTITION BY RANGE (day);
    CREATE TABLE billing."events '1'" PARTITION OF events FOR VALUES FROM (0) TO (10);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20)
        PARTITION BY HASH (id);
    CREATE TABLE events_2_a PARTITION OF events_2 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
    CREATE TABLE files (
        id int PRIMARY KEY, task_id int NOT NULL REFERENCES tasks, name text NOT NULL)
        PARTITION BY HASH (id);
    CREATE TABLE files_0 PARTITION OF files FOR VALUES WITH (MODULUS 1, REMAINDER 0);
    CREATE TABLE logs (tenant_id uuid NOT NULL, id int NOT NULL, name text NOT NULL);
    CREATE TABLE logs_new () INHERITS (logs);
    CREATE TABLE logs_old () INHERITS (logs);
"#;

const ROWS: &str = r#"
    INSERT INTO events VALUES ('{tenant}', 1, 1, '{name}'), ('{tenant}', 11, 1, '{name}');
    INSERT INTO files VALUES ({id}, {id}, '{name}');
    INSERT INTO logs_new VALUES ('{tenant}', 1, '{name}');
    INSERT INTO logs_old VALUES ('{tenant}', 1, '{name}');
"#;

/// Those that the registry does not have.
const CHILDREN: [&str; 5] = [
    r#"billing."events '1'""#,
    "events_2",
    "events_2_a",
    "files_0",
    "logs_new",
];

fn unprotected() -> Shop {
    let shop = Shop::new();
    shop.migrate(TABLES).unwrap();
    for (tenant, name, id) in [(A, "of a", "1"), (B, "of b", "2")] {
        let rows = ROWS
            .replace("{tenant}", tenant)
            .replace("{name}", name)
            .replace("{id}", id);
        shop.migrate(&rows).unwrap();
    }
    shop
}

fn up(shop: &Shop, options: &PolicyOptions) -> QueryResult<()> {
    shop.migrate(options.generate(&REGISTRY).up())
}

fn grant(shop: &Shop, children: &[&str]) {
    for child in children {
        shop.owner()
            .batch_execute(&format!("GRANT ALL ON {child} TO {}", shop.app))
            .unwrap();
    }
}

fn names(shop: &Shop, child: &str) -> Vec<String> {
    lines(
        &mut shop.app_of(A),
        &format!("SELECT DISTINCT name FROM {child} ORDER BY 1"),
    )
}

/// The control: this is what PostgreSQL does without.
#[test]
fn a_child_without_policies_of_its_own_shows_all_tenants() {
    let shop = unprotected();
    up(&shop, &shop.options()).unwrap();
    grant(&shop, &CHILDREN);
    for child in CHILDREN {
        shop.owner()
            .batch_execute(&format!("ALTER TABLE {child} DISABLE ROW LEVEL SECURITY"))
            .unwrap();
    }
    for child in CHILDREN {
        assert_eq!(names(&shop, child), ["of a", "of b"], "{child}");
        let update = format!("UPDATE {child} SET name = 'of b' WHERE name = 'of b'");
        assert_eq!(touched(&mut shop.app_of(A), &update), Ok(1), "{child}");
    }
}

#[test]
fn a_child_is_not_reached_by_its_own_name() {
    let shop = unprotected();
    up(&shop, &shop.options()).unwrap();
    for child in CHILDREN {
        let message = refusal(try_lines(
            &mut shop.app_of(A),
            &format!("SELECT name FROM {child}"),
        ));
        assert!(message.contains("permission denied"), "{child}: {message}");
    }
    for parent in ["events", "files", "logs", "logs_old"] {
        assert_eq!(names(&shop, parent), ["of a"], "{parent}");
    }
}

#[test]
fn a_child_that_is_granted_later_shows_the_rows_of_one_tenant() {
    for per_command in [false, true] {
        let shop = unprotected();
        up(&shop, &shop.options().per_command(per_command)).unwrap();
        grant(&shop, &CHILDREN);
        for child in CHILDREN {
            assert_eq!(names(&shop, child), ["of a"], "{child}");
            let conn = &mut shop.app_of(A);
            for statement in ["UPDATE {} SET name = 'x'", "DELETE FROM {}"] {
                let statement = statement.replace("{}", child) + " WHERE name = 'of b'";
                assert_eq!(touched(conn, &statement), Ok(0), "{statement}");
            }
            let foreign = format!("INSERT INTO {child} SELECT * FROM {child} WHERE false");
            assert_eq!(touched(conn, &foreign), Ok(0));
        }
        for insert in [
            format!("INSERT INTO billing.\"events '1'\" VALUES ('{B}', 2, 7, 'x')"),
            format!("INSERT INTO events_2 VALUES ('{B}', 12, 7, 'x')"),
            format!("INSERT INTO events_2_a VALUES ('{B}', 12, 7, 'x')"),
            "INSERT INTO files_0 VALUES (7, 2, 'x')".to_owned(),
            format!("INSERT INTO logs_new VALUES ('{B}', 7, 'x')"),
            "UPDATE files_0 SET task_id = 2".to_owned(),
        ] {
            let message = refusal(touched(&mut shop.app_of(A), &insert));
            assert!(
                message.contains("row-level security"),
                "{insert}: {message}"
            );
        }
        // A later permissive policy cannot widen it.
        shop.owner()
            .batch_execute("CREATE POLICY everything ON events_2_a USING (true)")
            .unwrap();
        assert_eq!(names(&shop, "events_2_a"), ["of a"]);
    }
}

#[test]
fn a_partition_that_comes_later_is_covered_by_the_next_run() {
    let shop = unprotected();
    let options = shop.options();
    up(&shop, &options).unwrap();
    shop.migrate("CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30)")
        .unwrap();
    for (tenant, name) in [(A, "of a"), (B, "of b")] {
        shop.superuser()
            .batch_execute(&format!(
                "INSERT INTO events VALUES ('{tenant}', 21, 1, '{name}')"
            ))
            .unwrap();
    }
    let read = try_lines(&mut shop.app_of(A), "SELECT name FROM events_3");
    assert!(refusal(read).contains("permission denied"));

    let added = options.only(["events"]);
    up(&shop, &added).unwrap();
    grant(&shop, &["events_3"]);
    assert_eq!(names(&shop, "events_3"), ["of a"]);
}

#[test]
fn a_partition_that_comes_later_with_policies_of_its_own_keeps_them() {
    let shop = unprotected();
    let options = shop.options();
    up(&shop, &options).unwrap();
    shop.migrate(
        "CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (20) TO (30);
         ALTER TABLE events_3 ENABLE ROW LEVEL SECURITY",
    )
    .unwrap();
    let message = refusal(up(&shop, &options));
    assert!(
        message.contains("events_3: it has row-level security of another origin"),
        "{message}"
    );
    shop.migrate(options.generate(&REGISTRY).down()).unwrap();
    let enabled = "SELECT relname FROM pg_class WHERE relrowsecurity";
    assert_eq!(lines(&mut shop.superuser(), enabled), ["events_3"]);
}

#[test]
fn privileges_on_a_partition_that_were_there_before_are_refused() {
    let shop = unprotected();
    grant(&shop, &["events_2_a"]);
    let message = refusal(up(&shop, &shop.options()));
    let expected = format!(
        "events_2_a: there are privileges already: REVOKE ALL ON events_2_a FROM {}",
        shop.app
    );
    assert!(message.contains(&expected), "{message}");
}

#[test]
fn up_down_and_up_again_with_partitions() {
    let shop = unprotected();
    let before = pg_dump(&shop);
    let forms = [shop.options(), shop.all_roles().per_command(true)];
    let mut after = Vec::new();
    for options in &forms {
        let policies = options.generate(&REGISTRY);
        shop.migrate(policies.up()).unwrap();
        let first = pg_dump(&shop);
        shop.migrate(policies.up()).unwrap();
        assert_eq!(first, pg_dump(&shop));
        shop.migrate(policies.down()).unwrap();
        assert_eq!(before, pg_dump(&shop));
        after.push(first);
    }
    // From one form into the other, in both directions.
    for (from, to, expected) in [(0, 1, &after[1]), (1, 0, &after[0])] {
        shop.migrate(forms[from].generate(&REGISTRY).up()).unwrap();
        shop.migrate(forms[to].generate(&REGISTRY).up()).unwrap();
        if from == 0 {
            assert_eq!(expected, &pg_dump(&shop));
        }
        shop.migrate(forms[1].generate(&REGISTRY).down()).unwrap();
        assert_eq!(before, pg_dump(&shop));
    }
}

/// The condition would compare the owner with itself.
#[test]
fn a_partition_with_the_name_of_an_alias_is_refused() {
    let shop = unprotected();
    shop.migrate("ALTER TABLE files_0 RENAME TO tenancy_owner_0")
        .unwrap();
    let message = refusal(up(&shop, &shop.options()));
    assert!(
        message.contains("tenancy_owner_0: its own policy has an alias of this name: rename it"),
        "{message}"
    );
}
