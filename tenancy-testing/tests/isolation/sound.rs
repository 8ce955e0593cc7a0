use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::OnMissing;
use tenancy_testing::assert_isolated;
use tenancy_testing::isolation::{Attack, IsolationProbe, Session};

use crate::shop::{REGISTRY, SHOP, changed, probe, report_of};

#[test]
fn the_policies_of_the_library_hold() {
    let db = SHOP.database();
    let report = assert_isolated!(db);
    assert_eq!(report.not_attacked, [], "{report}");
    // Seven tables and two partitions, a dozen attacks, three sessions.
    assert!(report.attacks > 250, "{}", report.attacks);
}

#[test]
fn nothing_is_left_of_a_run() {
    let db = SHOP.database();
    let mut conn = db.superuser();
    db.isolation().run(&mut conn).unwrap();
    for table in ["organisations", "countries", "files", "billing.events"] {
        let rows: i64 =
            diesel::dsl::sql::<diesel::sql_types::BigInt>(&format!("SELECT count(*) FROM {table}"))
                .get_result(&mut conn)
                .unwrap();
        assert_eq!(rows, 0, "{table}");
    }
    let who: bool = diesel::dsl::sql::<diesel::sql_types::Bool>(
        "SELECT current_setting('is_superuser') = 'on'",
    )
    .get_result(&mut conn)
    .unwrap();
    assert!(who);
}

#[test]
fn rows_that_are_there_already_take_part() {
    let db = changed(
        "INSERT INTO organisations VALUES (1999999901, 'a'), (1999999902, 'b'), (3, 'c');
         INSERT INTO settings VALUES (1999999901), (1999999902), (3);
         INSERT INTO countries VALUES ('de');
         INSERT INTO projects (tenant_id, name, country)
             SELECT id, name, 'de' FROM organisations;",
    );
    let report = assert_isolated!(db);
    assert_eq!(report.not_attacked, [], "{report}");
}

#[test]
fn policies_that_answer_a_missing_tenant_with_an_error_hold_too() {
    let db = SHOP.database();
    let policies = tenancy_diesel::PolicyOptions::new()
        .app_role(db.app_role())
        .on_missing(OnMissing::Error)
        .generate(&REGISTRY);
    db.superuser().batch_execute(policies.up()).unwrap();
    assert_isolated!(db);
}

#[test]
fn values_are_made_for_the_types_of_postgres() {
    let db = changed(
        "CREATE DOMAIN email AS text CHECK (VALUE <> '');
         ALTER TABLE settings
             ADD a int2 NOT NULL UNIQUE, ADD b int8 NOT NULL, ADD c numeric(4, 2) NOT NULL UNIQUE,
             ADD d float8 NOT NULL, ADD e bool NOT NULL, ADD f char(3) NOT NULL UNIQUE,
             ADD g uuid NOT NULL UNIQUE, ADD h date NOT NULL UNIQUE, ADD i timestamptz NOT NULL UNIQUE,
             ADD j time NOT NULL, ADD k interval NOT NULL, ADD l bytea NOT NULL UNIQUE,
             ADD m json NOT NULL, ADD n inet NOT NULL UNIQUE, ADD o macaddr NOT NULL,
             ADD p state NOT NULL, ADD q text[] NOT NULL, ADD r int4range NOT NULL,
             ADD s email NOT NULL UNIQUE, ADD t bit(4) NOT NULL, ADD u tstzrange NOT NULL,
             ADD v tsvector NOT NULL, ADD w point NOT NULL, ADD x money NOT NULL,
             ADD y varbit NOT NULL, ADD z cidr NOT NULL, ADD aa state[] NOT NULL,
             ADD bb int4 GENERATED ALWAYS AS (a + 1) STORED;",
    );
    let report = assert_isolated!(db);
    assert_eq!(report.not_attacked, [], "{report}");
}

#[test]
fn a_row_that_cannot_be_made_is_a_finding_until_it_gets_a_value_or_a_reason() {
    let db = changed("ALTER TABLE documents ADD CHECK (title ~ '^[A-Z]{3}[0-9]+$')");
    let report = probe(&db);
    let what = &report.finding("documents", Attack::NoRow).unwrap().what;
    assert!(what.contains("violates check constraint"), "{what}");
    let what = &report.finding("files", Attack::NoRow).unwrap().what;
    assert!(what.contains("violates check constraint"), "{what}");

    let report = assert_isolated!(db, |probe| probe.value(
        "documents",
        "title",
        "'ABC' || {n}"
    ));
    assert_eq!(report.not_attacked, [], "{report}");

    let report = assert_isolated!(db, |probe| probe
        .exclude("documents", "made by hand")
        .exclude("files", "belong to documents"));
    let excluded = ("documents".to_owned(), "made by hand".to_owned());
    assert!(report.excluded.contains(&excluded), "{report}");
}

#[test]
fn a_type_without_values_is_named() {
    let report = report_of(
        "CREATE TYPE pair AS (x int4, y int4); ALTER TABLE settings ADD pair pair NOT NULL",
    );
    let what = &report.finding("settings", Attack::NoRow).unwrap().what;
    assert!(
        what.contains("no value is known for `pair` of type pair"),
        "{what}"
    );
}

#[test]
fn a_setting_that_meets_nothing_is_a_finding() {
    let db = SHOP.database();
    let report = db
        .isolation()
        .exclude("no_such_view", "gone")
        .accept("tasks", Attack::Truncate, "mended since")
        .run(&mut db.superuser())
        .unwrap();
    assert!(
        report
            .finding("no_such_view", Attack::UnknownObject)
            .is_some()
    );
    assert!(report.finding("tasks", Attack::UnknownObject).is_some());
    assert_eq!(report.findings.len(), 2, "{report}");
}

#[test]
fn an_accepted_attack_is_listed_with_its_reason() {
    let db = changed("GRANT TRUNCATE ON settings TO $app");
    let report = assert_isolated!(db, |probe| probe.accept(
        "settings",
        Attack::Truncate,
        "a nightly job"
    ));
    assert!(
        report
            .to_string()
            .contains("settings: Truncate: a nightly job")
    );
}

#[test]
fn tenants_are_made_up_without_a_fixture() {
    let db = SHOP.database();
    let report = IsolationProbe::new(&REGISTRY, db.app_role())
        .run(&mut db.superuser())
        .unwrap();
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_connection_that_had_the_variable_cannot_be_without_it() {
    let db = SHOP.database();
    let mut conn = db.superuser();
    conn.batch_execute("BEGIN; SET LOCAL app.tenant_id = '1'; COMMIT")
        .unwrap();
    let report = db.isolation().run(&mut conn).unwrap();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.not_attacked[0].object, "app.tenant_id");
}

#[test]
fn a_report_names_what_got_through_where_and_what_to_do() {
    let report = report_of("GRANT TRUNCATE ON settings TO $app");
    assert_eq!(
        report.to_string(),
        format!(
            "1 findings in {} attacks\n\nsettings\n  - TRUNCATE (in every session): the other tenant \
             has 1 rows fewer in `settings`\n  Revoke TRUNCATE; row-level security does not apply to it.",
            report.attacks
        )
    );
    assert_eq!(
        report.findings[0].sessions,
        [Session::Unset, Session::Tenant, Session::Empty]
    );
}

#[test]
#[should_panic(expected = "the tenants are not isolated")]
fn the_assertion_panics_with_the_report() {
    assert_isolated!(changed("GRANT TRUNCATE ON settings TO $app"));
}
