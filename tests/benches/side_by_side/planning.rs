//! What the sub-selects of the filter cost the planner.

use std::fmt::Write as _;

use diesel::prelude::*;
use diesel::sql_types::Text;
use tenancy_diesel::Scoped;
use tenancy_diesel::prelude::*;

use crate::database::{Databases, tenant};
use crate::scoped::schema::{customers, items, orders, other_customers, other_items, other_orders};

const RUNS: usize = 400;

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// A join of six tables, planned with the filter as sub-selects and with one equality for each table.
pub(crate) fn six_tables(databases: &Databases) -> String {
    let query = items::table
        .inner_join(orders::table.inner_join(customers::table))
        .inner_join(other_items::table.on(other_items::id.eq(items::id)))
        .inner_join(other_orders::table.on(other_orders::id.eq(orders::id)))
        .inner_join(other_customers::table.on(other_customers::id.eq(customers::id)))
        .filter(orders::id.eq(1))
        .select((items::name, other_customers::name));
    let own = tenancy_diesel::debug_query(query, tenant(7))
        .unwrap()
        .to_string();
    let own = own.split(" -- binds").next().unwrap().to_owned();
    let tenant = tenant(7).0;
    let bound = with_constants(&own, &tenant.to_string());
    let by_hand = format!(
        "SELECT items.name, oc.name FROM items
         JOIN orders ON orders.tenant_id = items.tenant_id AND orders.id = items.order_id
         JOIN customers ON customers.tenant_id = orders.tenant_id
             AND customers.id = orders.customer_id
         JOIN items oi ON oi.tenant_id = '{tenant}' AND oi.id = items.id
         JOIN orders oo ON oo.tenant_id = '{tenant}' AND oo.id = orders.id
         JOIN customers oc ON oc.tenant_id = '{tenant}' AND oc.id = customers.id
         WHERE items.tenant_id = '{tenant}' AND orders.tenant_id = '{tenant}'
             AND customers.tenant_id = '{tenant}' AND orders.id = 1"
    );
    let url = databases.open.url_as(&databases.app);
    let mut conn = PgConnection::establish(&url).unwrap();
    let secured = databases.secured.url_as(&databases.app);
    let secured = PgConnection::establish(&secured).unwrap();
    let mut scope = Scoped::open(secured, tenancy_tests::OrgId(tenant)).unwrap();

    let mut times = [const { Vec::new() }; 3];
    for run in 0..RUNS + 20 {
        let planned = [
            planning_time(&mut conn, &by_hand),
            planning_time(&mut conn, &bound),
            planning_time(&mut scope, &bound),
        ];
        if run >= 20 {
            for (times, time) in times.iter_mut().zip(planned) {
                times.push(time);
            }
        }
    }
    let mut text = "### Planning a join of six tables\n\n\
                    | text | us, median | middle half | ratio |\n|---|---|---|---|\n"
        .to_owned();
    let mut base = 0.0;
    let names = [
        "equalities by hand",
        "sub-selects of the filter",
        "sub-selects of the filter, and policies",
    ];
    for (name, mut times) in names.into_iter().zip(times) {
        times.sort_by(f64::total_cmp);
        let at = |part: usize| times[times.len() * part / 4];
        if base == 0.0 {
            base = at(2);
        }
        writeln!(
            text,
            "| {name} | {:.0} | {:.0} .. {:.0} | {:.2} |",
            at(2),
            at(1),
            at(3),
            at(2) / base
        )
        .unwrap();
    }
    text
}

/// The text with constants in the place of its parameters: the tenant, and the order.
fn with_constants(sql: &str, tenant: &str) -> String {
    let parameters = sql.matches('$').count();
    let mut text = sql.to_owned();
    for n in (1..=parameters).rev() {
        let constant = if text.contains(&format!("\"tenant_id\" = ${n}")) {
            format!("'{tenant}'")
        } else {
            "1".to_owned()
        };
        text = text.replace(&format!("${n}"), &constant);
    }
    text
}

fn planning_time<C>(conn: &mut C, query: &str) -> f64
where
    C: diesel::connection::LoadConnection<Backend = diesel::pg::Pg>,
{
    let plan: Vec<Line> = diesel::sql_query(format!("EXPLAIN (SUMMARY) {query}"))
        .load(conn)
        .unwrap();
    plan.iter()
        .find_map(|row| {
            row.line
                .strip_prefix("Planning Time: ")?
                .strip_suffix(" ms")
        })
        .unwrap()
        .parse::<f64>()
        .unwrap()
        * 1e3
}
