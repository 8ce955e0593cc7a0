//! What the application role sees and can do.

use diesel::connection::SimpleConnection;
use tenancy_diesel::OnMissing;
use tenancy_testing::isolation::IsolationProbe;

use crate::database::{A, B, SCOPED, SHOP, Shop, lines, refusal, touched, try_lines};

const ODD: &str = r#"billing."it's ""odd"" $tenancy$; --""#;

#[test]
fn a_tenant_sees_its_own_rows_and_no_others() {
    let shop = Shop::protected();
    for (tenant, name) in [(A, "of a"), (B, "of b")] {
        let conn = &mut shop.app_of(tenant);
        for (table, column) in SCOPED {
            let rows = lines(conn, &format!("SELECT DISTINCT {column} FROM {table}"));
            assert_eq!(rows, [name], "{table}");
        }
    }
}

#[test]
fn without_a_tenant_there_are_no_rows() {
    let shop = Shop::protected();
    let unset = &mut shop.app();
    let mut empty = shop.app();
    // What a pooled session looks like after its first scope.
    empty
        .batch_execute(&format!("BEGIN; SET LOCAL app.tenant_id = '{A}'; COMMIT"))
        .unwrap();
    for conn in [unset, &mut empty] {
        for (table, _) in SCOPED {
            assert_eq!(lines(conn, &format!("SELECT count(*) FROM {table}")), ["0"]);
            assert_eq!(touched(conn, &format!("DELETE FROM {table}")), Ok(0));
        }
        let message = refusal(touched(
            conn,
            &format!("INSERT INTO projects VALUES ('{A}', 7, '')"),
        ));
        assert!(message.contains("row-level security"), "{message}");
    }
}

#[test]
fn without_a_tenant_the_loud_form_is_an_error() {
    let shop = Shop::new();
    shop.apply(&shop.options().on_missing(OnMissing::Error))
        .unwrap();
    for (table, _) in SCOPED {
        let query = format!("SELECT count(*) FROM {table}");
        let unset = refusal(try_lines(&mut shop.app(), &query));
        assert!(
            unset.contains("unrecognized configuration parameter"),
            "{unset}"
        );
        let empty = refusal(try_lines(&mut shop.app_of(""), &query));
        assert!(
            empty.contains("invalid input syntax for type uuid"),
            "{empty}"
        );
    }
    assert_eq!(
        lines(&mut shop.app_of(A), "SELECT name FROM tasks"),
        ["of a"]
    );
}

#[test]
fn a_row_of_another_tenant_cannot_be_inserted() {
    let shop = Shop::protected();
    let conn = &mut shop.app_of(A);
    for values in [
        format!("organisations VALUES ('{}', 'x')", B.replace('b', "c")),
        format!("projects VALUES ('{B}', 7, 'x')"),
        format!("tasks (tenant_id, name) VALUES ('{B}', 'x')"),
        "attachments VALUES (7, 2, 'x')".to_owned(),
        "thumbnails VALUES (7, 2, 'x')".to_owned(),
        "billing.tasks VALUES (7, 2, 'x')".to_owned(),
        format!("{ODD} VALUES (7, '{B}', 'x')"),
    ] {
        let message = refusal(touched(conn, &format!("INSERT INTO {values}")));
        assert!(
            message.contains("row-level security"),
            "{values}: {message}"
        );
    }
}

#[test]
fn a_row_cannot_move_to_another_tenant() {
    let shop = Shop::protected();
    let conn = &mut shop.app_of(A);
    for update in [
        format!("organisations SET id = '{}'", B.replace('b', "c")),
        format!("projects SET tenant_id = '{B}'"),
        format!("tasks SET tenant_id = '{B}'"),
        "attachments SET task_id = 2".to_owned(),
        "thumbnails SET attachment_id = 2".to_owned(),
        "billing.tasks SET task_id = 2".to_owned(),
        format!("{ODD} SET \"ten'ant \"\"id\"\"\" = '{B}'"),
    ] {
        let message = refusal(touched(conn, &format!("UPDATE {update}")));
        assert!(
            message.contains("row-level security"),
            "{update}: {message}"
        );
    }
}

#[test]
fn rows_of_another_tenant_can_neither_be_changed_nor_deleted() {
    let shop = Shop::protected();
    let conn = &mut shop.app_of(A);
    for (table, column) in SCOPED {
        let others = format!("WHERE {column} = 'of b'");
        let update = format!("UPDATE {table} SET {column} = 'x' {others}");
        assert_eq!(touched(conn, &update), Ok(0));
        assert_eq!(
            touched(conn, &format!("DELETE FROM {table} {others}")),
            Ok(0)
        );
        let update = format!("UPDATE {table} SET {column} = 'of a'");
        assert!(touched(conn, &update).unwrap() > 0, "{table}");
    }
    assert_eq!(touched(conn, "DELETE FROM thumbnails"), Ok(1));
}

#[test]
fn a_tenant_inserts_its_own_rows_with_serial_and_identity_keys() {
    let shop = Shop::protected();
    let conn = &mut shop.app_of(A);
    for values in [
        format!("projects (tenant_id, name) VALUES ('{A}', 'x')"),
        format!("tasks (tenant_id, name) VALUES ('{A}', 'x')"),
        "attachments VALUES (7, 1, 'x')".to_owned(),
        "thumbnails VALUES (7, 7, 'x')".to_owned(),
        "billing.tasks VALUES (7, 1, 'x')".to_owned(),
    ] {
        assert_eq!(
            touched(conn, &format!("INSERT INTO {values}")),
            Ok(1),
            "{values}"
        );
    }
    let message = refusal(try_lines(conn, "SELECT last_value FROM projects_id_seq"));
    assert!(message.contains("permission denied"), "{message}");
}

#[test]
fn a_later_permissive_policy_cannot_widen() {
    let shop = Shop::protected();
    for (table, column) in SCOPED {
        shop.owner()
            .batch_execute(&format!(
                "CREATE POLICY everything ON {table} USING (true) WITH CHECK (true)"
            ))
            .unwrap();
        let rows = lines(
            &mut shop.app_of(A),
            &format!("SELECT DISTINCT {column} FROM {table}"),
        );
        assert_eq!(rows, ["of a"], "{table}");
    }
    let message = refusal(touched(
        &mut shop.app_of(A),
        &format!("INSERT INTO projects VALUES ('{B}', 7, 'x')"),
    ));
    assert!(message.contains("tenancy_guard"), "{message}");
}

#[test]
fn what_row_level_security_does_not_cover_is_not_granted() {
    let shop = Shop::protected();
    let conn = &mut shop.app_of(A);
    for (table, _) in SCOPED {
        let message = refusal(touched(conn, &format!("TRUNCATE {table}")));
        assert!(message.contains("permission denied"), "{message}");
        let privileges = format!(
            "SELECT p FROM unnest(ARRAY['TRUNCATE', 'REFERENCES', 'TRIGGER']) AS p \
             WHERE has_table_privilege('{}', p)",
            table.replace('\'', "''")
        );
        assert!(lines(conn, &privileges).is_empty(), "{table}");
    }
}

#[test]
fn shared_tables_are_read_and_not_written() {
    let shop = Shop::protected();
    let conn = &mut shop.app();
    assert_eq!(lines(conn, "SELECT code FROM countries"), ["de"]);
    for statement in [
        "INSERT INTO countries VALUES ('fr')",
        "DELETE FROM countries",
    ] {
        let message = refusal(touched(conn, statement));
        assert!(message.contains("permission denied"), "{message}");
    }
    let message = refusal(try_lines(conn, "SELECT id FROM legacy"));
    assert!(message.contains("permission denied"), "{message}");
}

#[test]
fn the_tenant_is_read_once_and_not_for_each_row() {
    let shop = Shop::protected();
    shop.superuser()
        .batch_execute(&format!(
            "INSERT INTO projects SELECT '{A}', n, 'of a' FROM generate_series(100, 999) AS n;
             ANALYZE projects"
        ))
        .unwrap();
    let conn = &mut shop.app_of(A);
    let plan = explain(conn, "SELECT * FROM projects");
    let reads: Vec<&String> = plan
        .iter()
        .skip_while(|line| !line.trim_start().starts_with("InitPlan"))
        .collect();
    assert!(reads[1].contains("loops=1)"), "{plan:#?}");
    // The planner sees that scope and guard say the same, and keeps one.
    let plan = plan.join("\n");
    assert_eq!(plan.matches("InitPlan").count(), 1, "{plan}");
    assert!(
        !plan.contains("current_setting") && !plan.contains("SubPlan"),
        "{plan}"
    );
}

fn explain(conn: &mut diesel::PgConnection, query: &str) -> Vec<String> {
    use diesel::prelude::*;
    use diesel::sql_types::Text;
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
        step: String,
    }
    diesel::sql_query(format!("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {query}"))
        .load::<Step>(conn)
        .unwrap()
        .into_iter()
        .map(|step| step.step)
        .collect()
}

#[test]
fn a_tenant_set_in_the_middle_of_a_scan_takes_no_effect_in_it() {
    let shop = Shop::protected();
    let query = format!("SELECT name || set_config('app.tenant_id', '{B}', false) FROM projects");
    let conn = &mut shop.app_of(A);
    // An index scan would read a bare variable only once as well.
    conn.batch_execute("SET enable_indexscan = off; SET enable_bitmapscan = off")
        .unwrap();
    let rows = lines(conn, &query);
    assert!(
        rows.len() == 2 && rows.iter().all(|row| row.starts_with("of a")),
        "{rows:?}"
    );
}

#[test]
fn the_owner_is_filtered_too() {
    let shop = Shop::protected();
    for (table, _) in SCOPED {
        assert_eq!(
            lines(&mut shop.owner(), &format!("SELECT count(*) FROM {table}")),
            ["0"],
            "{table}"
        );
    }
}

#[test]
fn the_probe_of_applications_finds_no_way_either() {
    let shop = Shop::protected();
    let probe = IsolationProbe::new(&SHOP, &shop.app).tenants(A, B);
    let report = probe.run(&mut shop.superuser()).unwrap();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.not_attacked, [], "{report}");

    let open = Shop::new();
    open.superuser()
        .batch_execute(&format!("GRANT ALL ON {ODD} TO {}", open.app))
        .unwrap();
    let report = probe.run(&mut open.superuser()).unwrap();
    let found: Vec<&str> = report.findings.iter().map(|f| f.object.as_str()).collect();
    assert!(found.contains(&"odd"), "{report}");
}
