use diesel::sql_types::{BigInt, Uuid};
use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncConnectionCore, SimpleAsyncConnection};
use tenancy_diesel::prelude::*;

use diesel_async::RunQueryDsl;

use crate::Result;
use crate::database::Database;
use crate::report::{Table, check, heading};
use crate::schema::{REGISTRY, TenantPool, tasks};
use crate::tenants::{ACME, GLOBEX};

/// Each layer alone: row-level security without the filter, and the filter without row-level
/// security.
pub(crate) async fn layers(database: &Database, pool: &TenantPool) -> Result {
    heading("5. Two layers, one at a time");
    let raw = &mut database.raw().await?;
    let acme = &mut pool.scope(ACME.id).await?;
    let everything = count(&mut database.superuser().await?).await?;
    let own = i64::from(ACME.tasks);

    let mut table = Table::new(["row-level security", "who asks", "tasks seen", "of"]);
    let mut row = |security: &str, who: &str, seen: i64, expected: i64| {
        table.row([&security, &who, &seen, &everything]);
        check(who, &seen, &expected)
    };
    let query = tasks::table.count();
    row("on", "raw connection, SQL", count(raw).await?, 0)?;
    row("on", "Acme's scope, SQL", count(acme).await?, own)?;
    row(
        "on",
        "Acme's scope, query",
        query.get_result(acme).await?,
        own,
    )?;
    row_level_security(database, "DISABLE").await?;
    row("off", "raw connection, SQL", count(raw).await?, everything)?;
    row("off", "Acme's scope, SQL", count(acme).await?, everything)?;
    row(
        "off",
        "Acme's scope, query",
        query.get_result(acme).await?,
        own,
    )?;
    row_level_security(database, "ENABLE").await?;
    row("on again", "raw connection, SQL", count(raw).await?, 0)?;
    row("on again", "Acme's scope, SQL", count(acme).await?, own)?;
    row(
        "on again",
        "Acme's scope, query",
        query.get_result(acme).await?,
        own,
    )?;
    table.print();

    // Row-level security also watches what SQL writes.
    let insert =
        diesel::sql_query("INSERT INTO projects (tenant_id, id, name) VALUES ($1, 99, '')")
            .bind::<Uuid, _>(GLOBEX.id);
    let refused = insert
        .execute(acme)
        .await
        .err()
        .map(|error| error.to_string());
    println!("  SQL in Acme's scope inserts a project for Globex. PostgreSQL answers:");
    println!("  {}", refused.as_deref().unwrap_or("nothing"));
    let named = refused.is_some_and(|text| text.contains("row-level security"));
    check("refused by row-level security", &named, &true)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Counts all tasks in SQL, which has no filter. On a scope it has row-level security alone.
async fn count<C>(conn: &mut C) -> Result<i64>
where
    C: AsyncConnectionCore,
    diesel::query_builder::SqlQuery: LoadQuery<'static, C, Count>,
{
    let row: Count = diesel::sql_query("SELECT count(*) FROM tasks")
        .get_result(conn)
        .await?;
    Ok(row.count)
}

/// What only the owner of the tables can do.
async fn row_level_security(database: &Database, switch: &str) -> Result {
    let mut owner = database.owner().await?;
    for table in REGISTRY
        .tables
        .iter()
        .filter(|table| table.class.is_scoped())
    {
        owner
            .batch_execute(&format!(
                "ALTER TABLE {} {switch} ROW LEVEL SECURITY",
                table.name
            ))
            .await?;
    }
    Ok(())
}
