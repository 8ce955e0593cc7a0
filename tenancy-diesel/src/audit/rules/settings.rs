//! What is told beside the tables: statistics, logs, and the settings that decide about them.

use std::collections::BTreeMap;

use tenancy_core::{quote_identifier, quote_literal};

use super::{Object, ObjectKind, Rule, Severity, Subject};
use crate::audit::catalog::Setting;
use crate::audit::context::Context;

pub(super) const STATEMENTS_VISIBLE: Rule = Rule {
    id: "statements-visible",
    title: "The application reads the statistics of statements",
    why: "They hold the texts of the statements of all tenants. Constants are left out of most, not of all, \
          and how often and how long they ran is there in any case.",
    severity: Severity::Info,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let Some(app) = context.app().filter(|app| !app.superuser) else {
            return;
        };
        let all = ["pg_read_all_stats", "pg_monitor"].iter().any(|name| {
            let role = context.catalog.role_named(name);
            role.is_some_and(|role| context.catalog.inherits(app.oid, role.oid))
        });
        let readers = context.catalog.readers.iter();
        for reader in readers.filter(|r| r.name == "pg_stat_statements" && r.privilege == "SELECT")
        {
            let public = reader.grantee == 0;
            if !public && !context.catalog.inherits(app.oid, reader.grantee) {
                continue;
            }
            let grantee = if public {
                "PUBLIC".to_owned()
            } else {
                context
                    .catalog
                    .role(reader.grantee)
                    .map_or_else(String::new, |r| quote_identifier(&r.name))
            };
            let what = if all {
                "those of all roles: it has pg_read_all_stats"
            } else {
                "those of its own role, which all tenants share"
            };
            found
                .add(
                    Object::new(ObjectKind::View, &reader.relation),
                    format!("{grantee} has SELECT. The application reads {what}."),
                    format!("REVOKE SELECT ON {} FROM {grantee};", reader.relation),
                )
                .severity = if all {
                Severity::Warning
            } else {
                Severity::Info
            };
        }
    },
};

/// The settings that hold for the application: those of this session, under the defaults of the database
/// and of the role.
fn effective<'a>(context: &'a Context<'_>) -> BTreeMap<&'a str, &'a str> {
    let app = context.app().map(|app| app.oid);
    let of = |role: Option<u32>| {
        let settings = context.catalog.settings.iter();
        settings.filter(move |setting: &&Setting| setting.role == role)
    };
    of(None)
        .chain(of(Some(0)))
        .chain(app.into_iter().flat_map(|app| of(Some(app))))
        .map(|setting| (setting.name.as_str(), setting.value.as_str()))
        .collect()
}

pub(super) const LOGGED_BINDS: Rule = Rule {
    id: "log-shows-values",
    title: "The server's log shows the values of statements",
    why: "Whoever reads the log reads rows of all tenants as they are written and looked for, kept for as \
          long as the log is.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let settings = effective(context);
        let value = |name: &str| settings.get(name).copied().unwrap_or("");
        // With or without a unit: `250ms`.
        let on = |name: &str| !matches!(value(name), "" | "-1");
        let above_zero = |name: &str| !matches!(value(name), "" | "0" | "0.0");
        let statements = [
            (
                "log_statement",
                matches!(value("log_statement"), "all" | "mod"),
            ),
            (
                "log_min_duration_statement",
                on("log_min_duration_statement"),
            ),
            (
                "log_min_duration_sample",
                on("log_min_duration_sample") && above_zero("log_statement_sample_rate"),
            ),
            (
                "log_transaction_sample_rate",
                above_zero("log_transaction_sample_rate"),
            ),
        ];
        let plans = on("auto_explain.log_min_duration");
        let mut causes: Vec<(&str, String)> = Vec::new();
        for (name, _) in statements.iter().filter(|(_, logs)| *logs) {
            causes.push((
                "log_parameter_max_length",
                format!("{name} is {}", value(name)),
            ));
        }
        causes.truncate(1);
        if above_zero("log_parameter_max_length_on_error") {
            causes.push((
                "log_parameter_max_length_on_error",
                "errors are logged".to_owned(),
            ));
        }
        if plans {
            let cause = "plans of slow statements are logged".to_owned();
            causes.push(("auto_explain.log_parameter_max_length", cause));
        }
        for (name, cause) in causes {
            if !above_zero(name) {
                continue;
            }
            found.add(
                Object::new(ObjectKind::Setting, name),
                format!("{cause}, and {name} is {}.", value(name)),
                format!(
                    "ALTER DATABASE {} SET {name} = 0;",
                    quote_identifier(&context.catalog.session.database)
                ),
            );
        }
    },
};

pub(super) const ROW_SECURITY_OFF: Rule = Rule {
    id: "row-security-off",
    title: "row_security is off for the application",
    why: "Nothing leaks: each query on a table with policies is an error. Whoever mends that by taking the \
          policies away opens the table.",
    severity: Severity::Warning,
    subject: Subject::Database,
    boot: false,
    check: |context, found| {
        let Some(app) = context.app() else {
            return;
        };
        let settings = context.catalog.settings.iter();
        let off = settings.filter(|setting| {
            setting.name == "row_security"
                && setting
                    .role
                    .is_some_and(|role| role == 0 || role == app.oid)
                && !matches!(
                    setting.value.to_ascii_lowercase().as_str(),
                    "on" | "true" | "yes" | "1"
                )
        });
        for setting in off {
            let (whose, mend) = if setting.role == Some(0) {
                let database = quote_identifier(&context.catalog.session.database);
                (
                    "the database",
                    format!("ALTER DATABASE {database} RESET row_security;"),
                )
            } else {
                let role = quote_identifier(&app.name);
                let database = quote_identifier(&context.catalog.session.database);
                let mend = format!(
                    "ALTER ROLE {role} RESET row_security;\nALTER ROLE {role} IN DATABASE {database} RESET row_security;"
                );
                ("the role", mend)
            };
            found.add(
                Object::new(ObjectKind::Setting, "row_security"),
                format!(
                    "It is a default of {whose}: {}.",
                    quote_literal(&setting.value)
                ),
                mend,
            );
        }
    },
};
