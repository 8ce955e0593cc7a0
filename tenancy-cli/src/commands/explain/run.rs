//! Asking the server, in transactions that are rolled back.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use tenancy_diesel::encryption::CanonicalTenant;
use tenancy_diesel::{quote_identifier, quote_literal};

use super::plan::Node;
use crate::failure::Failure;

pub(super) struct Request {
    pub(super) sql: String,
    pub(super) tenant: CanonicalTenant,
    pub(super) variable: String,
    pub(super) role: String,
    pub(super) params: Vec<String>,
    pub(super) analyze: bool,
}

pub(super) struct With {
    pub(super) plan: Node,
    /// Whether the role is one that row-level security does not apply to.
    pub(super) exempt: bool,
}

pub(super) enum Without {
    Plan(Node),
    Refused(String),
}

#[derive(QueryableByName)]
struct PlanRow {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    plan: String,
}

#[derive(QueryableByName)]
struct Exempt {
    #[diesel(sql_type = Bool)]
    exempt: bool,
}

/// The name of a prepared statement that nobody else has.
const PREPARED: &str = "tenancy_explain";

pub(super) fn with_policy(conn: &mut PgConnection, request: &Request) -> Result<With, Failure> {
    let access = if request.analyze {
        "READ WRITE"
    } else {
        "READ ONLY"
    };
    let role = quote_identifier(&request.role);
    conn.batch_execute(&format!("BEGIN {access}"))?;
    let result = (|| {
        conn.batch_execute(&format!("SET LOCAL ROLE {role}"))
            .map_err(|error| {
                Failure::refused(format!("this connection cannot become {}: {error}", request.role))
                    .help("connect as a superuser or as a member of the role, or name another with --role")
            })?;
        conn.batch_execute(&format!(
            "SET LOCAL row_security = on; SET LOCAL {} = {}",
            request.variable,
            quote_literal(request.tenant.as_str())
        ))?;
        let Exempt { exempt } = diesel::sql_query(
            "SELECT rolsuper OR rolbypassrls AS exempt FROM pg_catalog.pg_roles \
             WHERE rolname = current_user",
        )
        .get_result(conn)?;
        let plan = plan(conn, request, request.analyze).map_err(|error| {
            Failure::refused(format!("the statement cannot be planned: {error}"))
        })?;
        Ok(With { plan, exempt })
    })();
    end(conn);
    result
}

/// Never run, and not as the tenant: what it would read belongs to others too.
pub(super) fn without_policy(
    conn: &mut PgConnection,
    request: &Request,
) -> Result<Without, Failure> {
    conn.batch_execute("BEGIN READ ONLY; SET LOCAL row_security = off")?;
    let result = plan(conn, request, false);
    end(conn);
    Ok(match result {
        Ok(plan) => Without::Plan(plan),
        Err(error) => Without::Refused(refusal(&error)),
    })
}

/// Statistics of all tenants went into this plan, so a message of a function that looked at them is not shown.
fn refusal(error: &diesel::result::Error) -> String {
    let message = error.to_string();
    if message.contains("row-level security") {
        "the connection's own role is under the policies too; connect as a superuser or as a role with \
         BYPASSRLS"
            .to_owned()
    } else if message.starts_with("permission denied") {
        format!("{message}; connect as a superuser, or grant SELECT to the connection's role")
    } else {
        "the server refused to plan it as the connection's own role".to_owned()
    }
}

fn end(conn: &mut PgConnection) {
    // It fails only where the connection is lost.
    let _ = conn.batch_execute("ROLLBACK");
}

/// The statement is sent through the extended protocol, which takes one at a time: a second one behind a
/// semicolon is refused.
fn plan(conn: &mut PgConnection, request: &Request, analyze: bool) -> QueryResult<Node> {
    if request.params.is_empty() {
        return explain(conn, &request.sql, analyze);
    }
    diesel::sql_query(format!("PREPARE {PREPARED} AS {}", request.sql)).execute(conn)?;
    conn.batch_execute(&format!(
        "SET LOCAL plan_cache_mode = force_custom_plan; SAVEPOINT {PREPARED}"
    ))?;
    let values: Vec<String> = request.params.iter().map(|v| quote_literal(v)).collect();
    let statement = format!("EXECUTE {PREPARED} ({})", values.join(", "));
    let result = explain(conn, &statement, analyze);
    // A rollback does not undo it, and behind a pooler the session is another's after the transaction.
    conn.batch_execute(&format!(
        "ROLLBACK TO SAVEPOINT {PREPARED}; DEALLOCATE {PREPARED}"
    ))?;
    result
}

fn explain(conn: &mut PgConnection, statement: &str, analyze: bool) -> QueryResult<Node> {
    let measure = if analyze { ", ANALYZE" } else { "" };
    let explain = format!("EXPLAIN (FORMAT JSON, VERBOSE{measure}) {statement}");
    let PlanRow { plan } = diesel::sql_query(explain).get_result(conn)?;
    Node::parse(&plan).ok_or_else(|| {
        diesel::result::Error::DeserializationError("the plan has an unknown form".into())
    })
}
