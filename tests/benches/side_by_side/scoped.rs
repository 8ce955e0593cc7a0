//! The same through a scope.

use diesel_async::{AsyncConnection, RunQueryDsl};
use tenancy_diesel::prelude::*;

use crate::work::{Operation, Work};

pub(crate) mod schema {
    #![allow(missing_docs)]

    use tenancy_tests::OrgId;

    tenancy_diesel::tenant_schema! {
        include = "generated.rs",
        tenant = tenant_id: OrgId,
        joins = [items.order_id -> orders, orders.customer_id -> customers],
        aliases = [
            other_customers = customers, other_orders = orders, other_items = items,
        ],
    }
}
use schema::{Scoped, customers, items, orders};

pub(crate) async fn scoped<C>(conn: &mut Scoped<C>, work: Work) -> QueryResult<usize>
where
    C: tenancy_diesel::AsyncScopeConnection,
{
    match work.operation {
        Operation::Transaction => {
            conn.transaction(async |conn| {
                let mut rows = 0;
                for step in work.steps() {
                    rows += statement(conn, step).await?;
                }
                Ok(rows)
            })
            .await
        }
        _ => statement(conn, work).await,
    }
}

async fn statement<C>(conn: &mut Scoped<C>, work: Work) -> QueryResult<usize>
where
    C: tenancy_diesel::AsyncScopeConnection,
{
    match work.operation {
        Operation::Point => items::table
            .find(work.item)
            .select(items::name)
            .load::<String>(conn)
            .await
            .map(|rows| rows.len()),
        Operation::List => items::table
            .order(items::id)
            .limit(50)
            .select((items::id, items::name))
            .load::<(i32, String)>(conn)
            .await
            .map(|rows| rows.len()),
        Operation::Insert => {
            insert_into(items::table)
                .values((
                    items::id.eq(work.fresh),
                    items::order_id.eq(work.parent()),
                    items::name.eq("new"),
                    items::quantity.eq(1),
                ))
                .execute(conn)
                .await
        }
        Operation::Update => {
            update(items::table.find(work.item))
                .set(items::quantity.eq(work.fresh))
                .execute(conn)
                .await
        }
        Operation::Join => items::table
            .inner_join(orders::table.inner_join(customers::table))
            .filter(orders::id.eq(work.order))
            .select((items::name, orders::note, customers::name))
            .load::<(String, String, String)>(conn)
            .await
            .map(|rows| rows.len()),
        Operation::Transaction => unreachable!("it is made of the others"),
    }
}
