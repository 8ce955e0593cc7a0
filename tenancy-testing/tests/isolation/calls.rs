use tenancy_testing::assert_isolated;
use tenancy_testing::isolation::Attack::{CallReads, CallWrites};

use crate::shop::{attacks_on, changed, report_of};

/// A function with the rights of its owner.
fn definer(signature: &str, body: &str) -> String {
    format!(
        "CREATE FUNCTION {signature} LANGUAGE sql SECURITY DEFINER AS $f$ {body} $f$;
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO $app;"
    )
}

#[test]
fn a_function_with_the_rights_of_its_owner_is_found() {
    let report = report_of(&definer(
        "how_many() RETURNS int8",
        "SELECT count(*) FROM documents",
    ));
    assert_eq!(attacks_on(&report, "how_many()"), [CallReads], "{report}");
}

#[test]
fn the_same_with_the_rights_of_the_caller_is_sound() {
    let report = report_of(
        "CREATE FUNCTION how_many() RETURNS int8 LANGUAGE sql AS 'SELECT count(*) FROM documents'",
    );
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.not_attacked, [], "{report}");
}

#[test]
fn a_function_that_filters_by_the_session_is_sound() {
    let report = report_of(&definer(
        "own_documents() RETURNS SETOF documents",
        "SELECT * FROM documents
         WHERE tenant_id = nullif(current_setting('app.tenant_id', true), '')::int4",
    ));
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_function_that_takes_the_tenant_is_called_with_the_other() {
    let report = report_of(&definer(
        "documents_of(tenant int4) RETURNS SETOF documents",
        "SELECT * FROM documents WHERE tenant_id = $1",
    ));
    assert_eq!(
        attacks_on(&report, "documents_of(tenant integer)"),
        [CallReads],
        "{report}"
    );
}

#[test]
fn a_function_that_takes_a_key_is_called_with_the_other_tenants() {
    let report = report_of(&definer(
        "title_of(document int4, fallback text) RETURNS text",
        "SELECT coalesce((SELECT title FROM documents WHERE id = $1), $2)",
    ));
    let name = "title_of(document integer, fallback text)";
    assert_eq!(attacks_on(&report, name), [CallReads], "{report}");
}

#[test]
fn a_function_that_takes_keys_as_an_array_is_called_with_them() {
    let report = report_of(&definer(
        "titles_of(documents int4[]) RETURNS SETOF text",
        "SELECT title FROM documents WHERE id = ANY ($1)",
    ));
    assert_eq!(
        attacks_on(&report, "titles_of(documents integer[])"),
        [CallReads],
        "{report}"
    );
}

#[test]
fn a_function_that_writes_is_found() {
    let report = report_of(&definer(
        "rename(document int4, title text) RETURNS void",
        "UPDATE documents SET title = $2 WHERE id = $1",
    ));
    let name = "rename(document integer, title text)";
    assert_eq!(attacks_on(&report, name), [CallWrites], "{report}");
}

#[test]
fn a_procedure_that_writes_is_found() {
    let report =
        report_of("CREATE PROCEDURE forget() LANGUAGE sql SECURITY DEFINER AS 'DELETE FROM files'");
    assert_eq!(attacks_on(&report, "forget()"), [CallWrites], "{report}");
}

#[test]
fn a_function_that_may_not_be_executed_is_no_finding() {
    let report = report_of(
        &(definer("how_many() RETURNS int8", "SELECT count(*) FROM documents")
            + "REVOKE EXECUTE ON FUNCTION how_many() FROM PUBLIC, $app"),
    );
    assert!(report.is_sound(), "{report}");
}

#[test]
fn what_cannot_be_called_is_not_attacked_and_said() {
    let db = changed(
        &(definer("of_row(documents) RETURNS text", "SELECT $1.title")
            + &definer(
                "strict_key(k text) RETURNS int4",
                "SELECT 1 / (length($1) - length($1))",
            )),
    );
    let report = assert_isolated!(db);
    let why: Vec<(&str, &str)> = report
        .not_attacked
        .iter()
        .map(|skipped| (skipped.object.as_str(), skipped.why.as_str()))
        .collect();
    assert_eq!(
        why,
        [
            (
                "of_row(documents)",
                "no argument of type documents can be made"
            ),
            (
                "strict_key(k text)",
                "every try failed, such as: division by zero"
            ),
        ]
    );
}

#[test]
fn a_function_that_is_meant_to_cross_tenants_is_excluded_with_a_reason() {
    let db = changed(&definer(
        "sign_in(title text) RETURNS SETOF int4",
        "SELECT tenant_id FROM documents WHERE title LIKE $1",
    ));
    let report = assert_isolated!(db, |probe| probe
        .exclude("sign_in(title text)", "runs before there is a scope"));
    assert_eq!(report.excluded[0].1, "runs before there is a scope");
}

#[test]
fn a_function_that_takes_the_tenant_as_a_text_is_called_with_it() {
    let report = report_of(&definer(
        "export(tenant text) RETURNS SETOF documents",
        "SELECT * FROM documents WHERE tenant_id::text = $1",
    ));
    assert_eq!(
        attacks_on(&report, "export(tenant text)"),
        [CallReads],
        "{report}"
    );
}

#[test]
fn a_function_that_takes_what_is_in_a_row_is_called_with_it() {
    let report = report_of(&definer(
        "id_of(title text) RETURNS int4",
        "SELECT id FROM documents WHERE title = $1",
    ));
    assert_eq!(
        attacks_on(&report, "id_of(title text)"),
        [CallReads],
        "{report}"
    );
}
