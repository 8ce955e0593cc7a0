use tenancy_diesel::prelude::*;
use tenancy_diesel::{debug_query, exists};

use crate::Result;
use crate::report::{check, heading};
use crate::schema::{REGISTRY, comments, parent, projects, tasks};
use crate::tenants::ACME;

/// The SQL of a query with a join, a self join and a sub-query.
pub(crate) fn sql() -> Result {
    heading("6. The SQL of a query");
    // The last two lines are where hand-written filters get lost: a sub-query, and an OR.
    let query = projects::table
        .inner_join(tasks::table)
        .left_join(parent::table.on(projects::parent_id.eq(parent::id.nullable())))
        .filter(exists(
            comments::table
                .filter(comments::task_id.eq(tasks::id))
                .select(comments::id),
        ))
        .or_filter(tasks::done)
        .select((projects::name, parent::name.nullable(), tasks::title))
        .order(tasks::id);
    let text = debug_query(query, ACME.id)?.to_string();
    let (sql, binds) = text.split_once(" -- binds: ").unwrap_or((&text, ""));
    let binds: Vec<&str> = binds.trim_matches(['[', ']']).split(", ").collect();
    println!("{}\n", broken_into_lines(sql));
    for (index, bind) in binds.iter().enumerate() {
        println!("  ${}: {bind}", index + 1);
    }

    let references: usize = REGISTRY
        .tables
        .iter()
        .map(|table| sql.matches(&format!("FROM \"{}\"", table.name)).count())
        .sum();
    let filters = sql.matches("\"tenant_id\" = $").count();
    let acme = format!("{:?}", ACME.id);
    let bound = binds.iter().filter(|&&bind| bind == acme).count();
    println!(
        "\n  Table references: {references}. Tenant filters: {filters}. Bound to Acme: {bound}."
    );
    check("table references", &references, &4)?;
    check("tenant filters", &filters, &references)?;
    check("binds of the tenant", &bound, &references)
}

/// A line for each clause of the outer query, for the eye only.
fn broken_into_lines(sql: &str) -> String {
    let mut text = format!("  {sql}");
    for clause in [
        "FROM ((",
        "INNER JOIN ",
        "LEFT OUTER JOIN ",
        "WHERE ((",
        "OR ",
        "ORDER BY ",
    ] {
        text = text.replace(&format!(" {clause}"), &format!("\n  {clause}"));
    }
    text
}
