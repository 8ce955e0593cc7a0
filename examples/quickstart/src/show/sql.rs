use tenancy_diesel::prelude::*;
use tenancy_diesel::{debug_query, exists};

use crate::Result;
use crate::report::{check, heading};
use crate::schema::{REGISTRY, comments, parent, projects, tasks};
use crate::tenants::ACME;

/// The SQL of a query with a join, a self join and a sub-query.
pub(crate) fn sql() -> Result {
    heading("6. The SQL of a query");
    let query = projects::table
        .inner_join(tasks::table)
        .left_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
        .filter(exists(
            comments::table.filter(comments::task_id.eq(tasks::id)),
        ))
        .or_filter(tasks::done)
        .select((projects::name, parent::name.nullable(), tasks::title))
        .order(tasks::id);
    let text = debug_query(query, ACME.id)?.to_string();
    println!("{}", broken_into_lines(&text));
    let (sql, binds) = text.split_once(" -- ").unwrap_or((&text, ""));

    let references: usize = REGISTRY
        .tables
        .iter()
        .map(|table| sql.matches(&format!("FROM \"{}\"", table.name)).count())
        .sum();
    let filters = sql.matches("\"tenant_id\" = $").count();
    let bound = binds.matches(&format!("{:?}", ACME.id)).count();
    println!(
        "  References of tables: {references}. Tenant filters: {filters}. Binds with Acme's id: {bound}."
    );
    check("references of tables", &references, &4)?;
    check("filters", &filters, &references)?;
    check("binds", &bound, &references)
}

/// A line for each clause, for the eye only.
fn broken_into_lines(sql: &str) -> String {
    let mut text = format!("  {sql}");
    for clause in [
        " FROM ((",
        " INNER JOIN ",
        " LEFT OUTER JOIN ",
        " WHERE (",
        " OR ",
        " ORDER BY ",
        " -- ",
    ] {
        text = text.replace(clause, &format!("\n {clause}"));
    }
    text
}
