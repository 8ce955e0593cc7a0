//! Diesel with a filter written by hand.

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use crate::work::{Operation, Work};

pub(crate) mod schema {
    include!("generated.rs");
}
use schema::{customers, items, orders};

diesel::define_sql_function! {
    /// PostgreSQL's own function.
    fn set_config(name: Text, value: Text, is_local: Bool) -> Text;
}

/// The statement alone.
pub(crate) async fn bare(
    conn: &mut AsyncPgConnection,
    tenant: Uuid,
    work: Work,
) -> QueryResult<usize> {
    match work.operation {
        Operation::Transaction => {
            conn.transaction(async |conn| {
                let mut rows = 0;
                for step in work.steps() {
                    rows += statement(conn, tenant, step).await?;
                }
                Ok(rows)
            })
            .await
        }
        _ => statement(conn, tenant, work).await,
    }
}

/// What guides on row-level security tell: BEGIN, `set_config`, the statement, COMMIT.
pub(crate) async fn recipe(
    conn: &mut AsyncPgConnection,
    tenant: Uuid,
    work: Work,
) -> QueryResult<usize> {
    conn.transaction(async |conn| {
        diesel::select(set_config("app.tenant_id", tenant.to_string(), true))
            .execute(conn)
            .await?;
        let mut rows = 0;
        for step in work.steps() {
            rows += statement(conn, tenant, step).await?;
        }
        Ok(rows)
    })
    .await
}

async fn statement(conn: &mut AsyncPgConnection, tenant: Uuid, work: Work) -> QueryResult<usize> {
    match work.operation {
        Operation::Point => items::table
            .filter(items::tenant_id.eq(tenant))
            .filter(items::id.eq(work.item))
            .select(items::name)
            .load::<String>(conn)
            .await
            .map(|rows| rows.len()),
        Operation::List => items::table
            .filter(items::tenant_id.eq(tenant))
            .order(items::id)
            .limit(50)
            .select((items::id, items::name))
            .load::<(i32, String)>(conn)
            .await
            .map(|rows| rows.len()),
        Operation::Insert => {
            diesel::insert_into(items::table)
                .values((
                    items::tenant_id.eq(tenant),
                    items::id.eq(work.fresh),
                    items::order_id.eq(work.parent()),
                    items::name.eq("new"),
                    items::quantity.eq(1),
                ))
                .execute(conn)
                .await
        }
        Operation::Update => {
            diesel::update(items::table)
                .filter(items::tenant_id.eq(tenant))
                .filter(items::id.eq(work.item))
                .set(items::quantity.eq(work.fresh))
                .execute(conn)
                .await
        }
        Operation::Join => items::table
            .inner_join(
                orders::table.on(orders::tenant_id
                    .eq(items::tenant_id)
                    .and(orders::id.eq(items::order_id))),
            )
            .inner_join(
                customers::table.on(customers::tenant_id
                    .eq(orders::tenant_id)
                    .and(customers::id.eq(orders::customer_id))),
            )
            .filter(items::tenant_id.eq(tenant))
            .filter(orders::id.eq(work.order))
            .select((items::name, orders::note, customers::name))
            .load::<(String, String, String)>(conn)
            .await
            .map(|rows| rows.len()),
        Operation::Transaction => unreachable!("it is made of the others"),
    }
}
