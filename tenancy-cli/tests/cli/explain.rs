use crate::support::{Run, Shop};

fn explain(shop: &Shop, sql: &str) -> Run {
    shop.run(&["explain", "--tenant", "acme", sql])
}

#[test]
fn a_leakproof_condition_has_the_same_plan_with_and_without_policies() {
    let shop = Shop::new().with_superuser();
    let out = explain(
        &shop,
        "SELECT * FROM projects WHERE merchant_id = 'acme' AND id = 7",
    )
    .fine();
    for part in [
        "With the policies",
        "Without them",
        "projects_pkey",
        "both read every table in the same way",
        "none: no condition",
    ] {
        assert!(out.contains(part), "{part}\n{out}");
    }
}

#[test]
fn an_index_out_of_reach_is_named_with_its_operator_and_a_way_round() {
    let shop = Shop::new().with_superuser();
    for (condition, index, culprit, advice) in [
        (
            "name LIKE 'project 4321%'",
            "projects_name",
            "the operator ~~ of text",
            "`^@`",
        ),
        (
            "lower(name) = 'project 7'",
            "projects_lower_name",
            "the function lower",
            "generated column",
        ),
        (
            "budget = 7",
            "projects_budget",
            "the operator = of numeric",
            "smallest unit",
        ),
    ] {
        let sql =
            format!("SELECT id FROM projects AS p WHERE merchant_id = 'acme' AND {condition}");
        let out = explain(&shop, &sql).ended(1, index).out;
        for part in [
            culprit,
            advice,
            "which the plan without the policies uses",
            "with the policies, ",
        ] {
            assert!(out.contains(part), "{part}\n{out}");
        }
    }
}

#[test]
fn the_way_round_is_one() {
    let shop = Shop::new().with_superuser();
    shop.execute("CREATE INDEX projects_prefix ON projects (merchant_id, name COLLATE \"C\")");
    let sql = "SELECT id FROM projects WHERE merchant_id = 'acme' AND name COLLATE \"C\" ^@ 'project 4321'";
    explain(&shop, sql).ended(0, "none: no condition");
}

#[test]
fn a_statement_without_the_tenants_filter_is_no_measure() {
    let shop = Shop::new().with_superuser();
    let out = explain(&shop, "SELECT * FROM projects WHERE id = 7").fine();
    assert!(
        out.contains("does not filter projects by merchant_id"),
        "{out}"
    );
    let out = explain(&shop, "SELECT * FROM countries").fine();
    assert!(!out.contains("does not filter"), "{out}");
}

#[test]
fn the_application_alone_sees_the_first_plan_and_why_not_the_second() {
    let shop = Shop::new();
    let out = explain(&shop, "SELECT * FROM projects WHERE id = 7").fine();
    assert!(out.contains("under the policies too"), "{out}");
    let run = shop.run(&[
        "explain", "--tenant", "acme", "--role", "postgres", "SELECT 1",
    ]);
    run.ended(4, "cannot become postgres");
}

#[test]
fn parameters_are_values_and_no_sql() {
    let shop = Shop::new().with_superuser();
    let sql = "SELECT * FROM projects WHERE merchant_id = $1 AND name = $2";
    let attack = "x'); DROP TABLE projects; --";
    let out = shop.run(&[
        "explain", "--tenant", "acme", "--param", "acme", "--param", attack, sql,
    ]);
    let out = out.fine();
    assert!(out.contains("x''); DROP TABLE"), "{out}");
    assert_eq!(explain(&shop, "SELECT count(*) FROM projects").code, 0);
}

#[test]
fn a_second_statement_and_a_writing_one_change_nothing() {
    let shop = Shop::new().with_superuser();
    for sql in [
        "SELECT 1; DROP TABLE countries",
        "SELECT 1; COMMIT; DROP TABLE countries",
        "ANALYZE SELECT 1",
    ] {
        explain(&shop, sql).ended(4, "cannot be planned");
    }
    let delete = "DELETE FROM projects WHERE merchant_id = 'acme'";
    explain(&shop, delete).ended(0, "Delete");
    let measured = shop.run(&["explain", "--tenant", "acme", "--analyze", delete]);
    let out = measured.fine();
    assert!(out.contains("measured: 5000 rows"), "{out}");
    // Both tenants have their rows still, and the measured run saw one of them.
    let out = shop.run(&[
        "explain",
        "--tenant",
        "acme",
        "--analyze",
        "SELECT * FROM projects",
    ]);
    let out = out.fine();
    assert!(out.contains("measured: 5000 rows"), "{out}");
    assert!(!out.to_lowercase().contains("removed"), "{out}");
}

#[test]
fn a_statement_comes_from_the_standard_input() {
    let shop = Shop::new().with_superuser();
    let run = shop.run_with_input(&["explain", "--tenant", "acme"], "SELECT 1;\n");
    assert!(run.fine().contains("Result"));
    shop.run_with_input(&["explain", "--tenant", "acme"], " ;")
        .ended(2, "no statement");
    shop.run(&["explain", "SELECT 1"]).ended(2, "--tenant");
}

#[test]
fn a_role_that_is_exempt_is_said_to_be() {
    let shop = Shop::new().with_superuser();
    let run = shop.run(&[
        "explain",
        "--tenant",
        "acme",
        "--role",
        "postgres",
        "SELECT * FROM projects",
    ]);
    run.ended(0, "does not apply to this role");
}

#[test]
fn another_tenant_and_a_wrong_variable_are_refused_or_empty() {
    let shop = Shop::new().with_superuser();
    let sql = "SELECT * FROM projects";
    let run = shop.run(&["explain", "--tenant", "nobody", "--analyze", sql]);
    assert!(run.fine().contains("measured: 0 rows"));
    shop.run(&["explain", "--tenant", "a\nb", sql])
        .ended(2, "no id of a tenant");
    shop.run(&["explain", "--tenant", "acme", "--variable", "role", sql])
        .ended(2, "no session variable");
}
