use tenancy_testing::isolation::Attack::{Count, Delete, Insert, NoPolicies, Select, Update};
use tenancy_testing::isolation::ObjectKind;
use tenancy_testing::isolation::Session::{Empty, Tenant, Unset};

use crate::shop::{attacks_on, changed, probe, report_of, sessions_of};

#[test]
fn a_view_with_the_rights_of_its_owner_is_found() {
    let report = report_of(
        "CREATE VIEW titles AS SELECT tenant_id, id, title FROM documents;
         GRANT SELECT, INSERT, UPDATE, DELETE ON titles TO $app",
    );
    let found = attacks_on(&report, "titles");
    assert_eq!(found, [Select, Update, Delete, Insert], "{report}");
    assert_eq!(
        sessions_of(&report, "titles", Select),
        [Unset, Tenant, Empty]
    );
}

#[test]
fn a_view_with_the_rights_of_the_one_who_asks_is_sound() {
    let report = report_of(
        "CREATE VIEW titles WITH (security_invoker = true) AS SELECT tenant_id, id, title FROM documents;
         GRANT SELECT, INSERT, UPDATE, DELETE ON titles TO $app",
    );
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_view_that_nobody_may_use_is_no_finding() {
    let report = report_of("CREATE VIEW titles AS SELECT title FROM documents");
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_view_that_only_counts_is_found() {
    let report = report_of(
        "CREATE VIEW how_many AS SELECT count(*) > 1 AS more_than_one FROM documents;
         GRANT SELECT ON how_many TO $app",
    );
    assert_eq!(attacks_on(&report, "how_many"), [Select], "{report}");
}

#[test]
fn a_view_on_a_view_is_found() {
    let report = report_of(
        "CREATE VIEW inner_view AS SELECT d.title, f.name FROM documents d JOIN files f ON f.document_id = d.id;
         CREATE VIEW outer_view WITH (security_invoker = true) AS SELECT title FROM inner_view;
         GRANT SELECT ON inner_view, outer_view TO $app",
    );
    assert!(report.finding("inner_view", Select).is_some(), "{report}");
    assert!(report.finding("outer_view", Select).is_some(), "{report}");
}

#[test]
fn a_view_that_filters_by_the_tenant_is_sound() {
    let report = report_of(
        "CREATE VIEW own_titles AS SELECT title FROM documents
             WHERE tenant_id = nullif(current_setting('app.tenant_id', true), '')::int4;
         GRANT SELECT ON own_titles TO $app",
    );
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_view_whose_answer_changes_by_itself_is_not_attacked() {
    let report = report_of(
        "CREATE VIEW odds AS SELECT title, random() AS odds FROM documents; GRANT SELECT ON odds TO $app",
    );
    assert_eq!(report.not_attacked[0].object, "odds", "{report}");
}

#[test]
fn a_materialized_view_is_found() {
    let report = report_of(
        "CREATE MATERIALIZED VIEW totals AS SELECT tenant_id, count(*) FROM documents GROUP BY 1;
         CREATE VIEW own_totals AS SELECT * FROM totals
             WHERE tenant_id = nullif(current_setting('app.tenant_id', true), '')::int4;
         GRANT SELECT ON totals, own_totals TO $app",
    );
    assert_eq!(attacks_on(&report, "totals"), [Select], "{report}");
    let finding = report.finding("totals", Select).unwrap();
    assert_eq!(finding.kind, ObjectKind::MaterializedView);
    assert!(finding.remedy().contains("materialized view"));
}

#[test]
fn a_partition_that_is_open_by_itself_is_found() {
    let report = report_of(
        "DROP POLICY tenancy_scope ON billing.events_0; DROP POLICY tenancy_guard ON billing.events_0;
         DROP POLICY tenancy_scope ON billing.events_1; DROP POLICY tenancy_guard ON billing.events_1;
         ALTER TABLE billing.events_0 DISABLE ROW LEVEL SECURITY;
         ALTER TABLE billing.events_1 DISABLE ROW LEVEL SECURITY;
         GRANT SELECT, DELETE ON billing.events_0, billing.events_1 TO $app",
    );
    for partition in ["billing.events_0", "billing.events_1"] {
        assert!(report.finding(partition, NoPolicies).is_some(), "{report}");
    }
    let read = |partition| report.finding(partition, Count).is_some();
    assert!(
        read("billing.events_0") || read("billing.events_1"),
        "{report}"
    );
    assert!(report.finding("events", Count).is_none(), "{report}");
}

#[test]
fn a_partition_that_has_the_policies_of_its_parent_is_sound_also_with_a_grant() {
    let report = report_of("GRANT SELECT, DELETE ON billing.events_0, billing.events_1 TO $app");
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_child_table_that_is_open_by_itself_is_found() {
    let db = changed(
        "CREATE TABLE old_documents () INHERITS (documents);
         INSERT INTO old_documents VALUES (1999999902, 5, 'old');
         GRANT SELECT ON old_documents TO $app",
    );
    let report = probe(&db);
    assert_eq!(
        attacks_on(&report, "old_documents")[..2],
        [NoPolicies, Select],
        "{report}"
    );
}

#[test]
fn a_view_of_which_one_column_may_be_read_is_found() {
    let report = report_of(
        "CREATE VIEW titles AS SELECT id, title FROM documents; GRANT SELECT (title) ON titles TO $app",
    );
    assert_eq!(attacks_on(&report, "titles"), [Select], "{report}");
}
