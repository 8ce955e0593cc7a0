use diesel_async::RunQueryDsl;
use tenancy_diesel::debug_query;
use tenancy_diesel::dsl::exists;
use tenancy_diesel::prelude::*;

use crate::Result;
use crate::report::{check, heading};
use crate::schema::{REGISTRY, TenantPool, comments, parent, projects, tasks};
use crate::tenants::ACME;

/// The SQL of a query with a join, a self join and a sub-query.
pub(crate) async fn sql(pool: &TenantPool) -> Result {
    heading("6. The SQL of a query");
    // A sub-query and an OR are where filters written by hand get lost.
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
    let conn = &mut pool.scope(ACME.id).await?;
    let rows: Vec<(String, Option<String>, String)> = query.load(conn).await?;
    let of_acme =
        |row: &&(String, _, String)| row.0.starts_with("Acme") && row.2.starts_with("Acme");
    let of_others = rows.len() - rows.iter().filter(of_acme).count();

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
    println!(
        "  Rows in Acme's scope: {}. Rows of others among them: {of_others}.",
        rows.len()
    );
    check("rows of others", &of_others, &0)?;
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
