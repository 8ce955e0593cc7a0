//! What a pool asks, as the role of the application.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use tenancy_diesel::audit::{Audit, Report, Severity, rules};

use crate::case::Case;
use crate::cases::{ALL, encryption, rows, server, texts};
use crate::database::{Audited, SHOP};

/// The flaws of rules that a pool asks, but about roles that a connection of the application knows nothing
/// of, or about what the options say.
const NOT_SEEN: &[(&str, &str)] = &[
    ("role-bypasses-rls", "role {eraser}"),
    ("role-reaches-exempt", "role {eraser}"),
    ("role-predefined", "role {admin}"),
    ("setting-tenant", "role {eraser}"),
];

/// What a flaw creates is the superuser's.
const AS_SUPERUSER: &str = "SET LOCAL ROLE postgres";

/// From here on the connection is an application's that is no superuser, on a server that takes no writes.
const AS_APP: &str = "SET LOCAL ROLE NONE; ALTER ROLE {app} NOSUPERUSER; SET TRANSACTION READ ONLY";

fn cases() -> impl Iterator<Item = &'static Case> {
    // Of other databases and another server.
    let elsewhere = [
        texts::CASES,
        encryption::TEXTS,
        rows::TEXTS,
        server::LOGICAL,
    ];
    let at_boot = move |case: &&Case| {
        let is_elsewhere = |other: &Case| (other.rule, other.flaw) == (case.rule, case.flaw);
        if elsewhere.iter().copied().flatten().any(is_elsewhere) {
            return false;
        }
        let rule = rules().iter().find(|rule| rule.id() == case.rule).unwrap();
        rule.is_asked_at_boot()
    };
    ALL.iter().copied().flatten().filter(at_boot)
}

/// The statements of a flaw or of a twin, and what makes the connection one of the application.
fn as_app(sql: &'static str) -> [&'static str; 3] {
    let as_app = if sql.contains("{app} SUPERUSER") {
        "SET LOCAL ROLE NONE; SET TRANSACTION READ ONLY"
    } else if sql.contains("SET LOCAL ROLE") {
        // It says for itself as whom the connection acts.
        "ALTER ROLE {app} NOSUPERUSER; SET TRANSACTION READ ONLY"
    } else {
        AS_APP
    };
    [AS_SUPERUSER, sql, as_app]
}

fn boot(database: &Audited, sql: &'static str) -> Report {
    database.after(&as_app(sql), |conn| Audit::boot(&SHOP).run(conn))
}

fn has(report: &Report, case: &Case, object: &str) -> bool {
    report
        .findings
        .iter()
        .any(|finding| finding.rule.id() == case.rule && finding.object.to_string() == object)
}

#[test]
fn the_application_is_held_in_a_sound_database() {
    let database = Audited::new();
    let mut conn = PgConnection::establish(&database.url_as("app")).unwrap();
    conn.batch_execute("SET default_transaction_read_only = on")
        .unwrap();
    let report = Audit::boot(&SHOP).run(&mut conn).unwrap();
    assert!(report.findings.is_empty(), "{report}");
    // Of the lists only those that the rules look at are read.
    assert_eq!(report.queries, 19);
    assert!(report.asked.iter().all(|rule| rule.is_asked_at_boot()));
    assert!(report.asked.len() > 20);
}

#[test]
fn each_flaw_that_the_application_can_see_is_found_as_the_application() {
    let database = Audited::at_boot();
    let mut failures = Vec::new();
    for case in cases() {
        let object = database.fill(case.object);
        let seen = !NOT_SEEN.contains(&(case.rule, case.object));
        let report = boot(&database, case.flaw);
        if has(&report, case, &object) != seen {
            failures.push(format!(
                "{} on {object}, as the application: {}\n{}\n{report}",
                case.rule,
                if seen { "not found" } else { "found" },
                case.flaw,
            ));
        }
        // The sound database is looked at below.
        if case.twin.is_empty() {
            continue;
        }
        let twin = boot(&database, case.twin);
        if !twin.findings.is_empty() {
            failures.push(format!(
                "the twin of {} on {object}:\n{}\n{twin}",
                case.rule, case.twin
            ));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    let sound = boot(&database, "");
    assert!(sound.findings.is_empty(), "{sound}");
}

#[tokio::test]
async fn an_asynchronous_connection_finds_the_same() {
    let database = Audited::at_boot();
    let mut conn = AsyncPgConnection::establish(database.url()).await.unwrap();
    let mut rules_seen = Vec::new();
    for case in cases() {
        // One case of each rule is enough: the judgement is the same code.
        if rules_seen.contains(&case.rule) {
            continue;
        }
        rules_seen.push(case.rule);
        conn.begin_test_transaction().await.unwrap();
        for statement in as_app(case.flaw) {
            let statement = database.fill(statement);
            SimpleAsyncConnection::batch_execute(&mut conn, &statement)
                .await
                .unwrap();
        }
        let found = Audit::boot(&SHOP).run_async(&mut conn).await.unwrap();
        // The connection takes the transaction and the role with it.
        drop(conn);
        conn = AsyncPgConnection::establish(database.url()).await.unwrap();
        let expected = boot(&database, case.flaw);
        assert_eq!(found.to_string(), expected.to_string(), "{}", case.rule);
        assert!(!found.findings.is_empty(), "{}", case.rule);
    }
}

#[test]
fn policies_for_roles_that_the_connection_does_not_reach_are_not_judged() {
    let database = Audited::at_boot();
    for sql in [
        "CREATE ROLE audit_reports; CREATE POLICY reports ON projects TO audit_reports USING (true)",
        "DROP POLICY tenancy_admin ON projects; CREATE POLICY tenancy_admin ON projects TO {admin} USING (true)",
        "ALTER POLICY tenancy_scope ON projects TO {app}; ALTER POLICY tenancy_guard ON projects TO {app}",
    ] {
        let report = boot(&database, sql);
        assert!(report.findings.is_empty(), "{report}");
    }
}

#[test]
fn a_role_that_the_connection_can_become_is_judged_by_its_policies() {
    let database = Audited::at_boot();
    let report = boot(&database, "GRANT {admin} TO {app}");
    let admins = |severity| {
        report.findings.iter().any(|finding| {
            finding.rule.id() == "policy-extra"
                && finding.severity == severity
                && finding.object.to_string() == "policy tenancy_admin on public.projects"
        })
    };
    // The guard is for the application, not for the admin that it becomes.
    assert!(admins(Severity::Error), "{report}");
}

#[test]
fn either_answer_to_a_missing_tenant_is_right_at_boot() {
    let database = Audited::at_boot();
    let report = boot(
        &database,
        "ALTER POLICY tenancy_scope ON projects
             USING (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))
             WITH CHECK (tenant_id = (SELECT current_setting('app.tenant_id')::uuid))",
    );
    assert!(report.findings.is_empty(), "{report}");
}

/// The session's user is the application's role, and says nothing of who logged in.
#[test]
fn who_logged_in_is_judged_whatever_the_session_became() {
    let database = Audited::new();
    let statements = ["SET LOCAL SESSION AUTHORIZATION {app}"];
    let report = database.after(&statements, |conn| Audit::boot(&SHOP).run(conn));
    for rule in ["role-session-user-differs", "role-superuser"] {
        let mut findings = report.findings.iter();
        let is_found =
            findings.any(|f| f.rule.id() == rule && f.object.to_string() == "role postgres");
        assert!(is_found, "{rule}\n{report}");
    }
}

#[test]
fn a_tenant_in_the_options_of_the_connection_is_found() {
    let database = Audited::new();
    let url = database.url_as("app");
    let separator = if url.contains('?') { '&' } else { '?' };
    for (value, expected) in [("42", true), ("", false)] {
        let url = format!("{url}{separator}options=-c%20app.tenant_id%3D{value}");
        let mut conn = PgConnection::establish(&url).unwrap();
        let report = Audit::boot(&SHOP).run(&mut conn).unwrap();
        let found = report
            .findings
            .iter()
            .any(|finding| finding.rule.id() == "setting-tenant");
        assert_eq!(found, expected, "{report}");
        assert!(!report.to_string().contains("42"), "{report}");
    }
    // What the session itself has set is not what it begins with.
    let mut conn = PgConnection::establish(&url).unwrap();
    conn.batch_execute("SET app.tenant_id = '42'").unwrap();
    let report = Audit::boot(&SHOP).run(&mut conn).unwrap();
    assert!(report.findings.is_empty(), "{report}");
    let kept = diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
        "current_setting('app.tenant_id')",
    ))
    .get_result::<String>(&mut conn);
    assert_eq!(kept.as_deref(), Ok("42"), "an audit changes nothing");
}

#[test]
fn a_search_path_that_hides_the_operators_of_the_server_is_found() {
    let database = Audited::at_boot();
    let found = |path: &'static str| {
        let statements = [AS_APP, path];
        let report = database.after(&statements, |conn| Audit::boot(&SHOP).run(conn));
        report
            .findings
            .iter()
            .any(|finding| finding.rule.id() == "setting-search-path")
    };
    assert!(found("SET LOCAL search_path = public, pg_catalog"));
    assert!(!found("SET LOCAL search_path = pg_catalog, public"));
    assert!(!found("SET LOCAL search_path = public"));
}

#[test]
fn a_report_at_boot_lists_each_finding_with_its_mend() {
    let database = Audited::at_boot();
    let report = boot(
        &database,
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY; GRANT TRUNCATE ON projects TO {app};
         ALTER ROLE {app} CREATEROLE",
    );
    let text = report.to_string();
    for line in [
        "error[rls-disabled] table public.tasks",
        "    ALTER TABLE \"public\".\"tasks\" ENABLE ROW LEVEL SECURITY;",
        "error[privilege-past-policies] table public.projects",
        "    REVOKE TRUNCATE ON \"public\".\"projects\" FROM \"{app}\";",
        "error[role-creates-roles] role {app}",
        "    ALTER ROLE \"{app}\" NOCREATEROLE;",
    ] {
        let line = database.fill(line);
        assert!(text.lines().any(|text| text == line), "{line}\n{text}");
    }
    assert_eq!(report.worst(), Some(Severity::Error));
}
