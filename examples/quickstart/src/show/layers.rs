use diesel::sql_types::{BigInt, Uuid};
use diesel_async::methods::LoadQuery;
use diesel_async::{AsyncConnectionCore, RunQueryDsl, SimpleAsyncConnection};
use tenancy_diesel::prelude::*;

use crate::Result;
use crate::database::Database;
use crate::report::{Table, check, heading};
use crate::schema::{REGISTRY, TenantPool, tasks};
use crate::tenants::{ACME, GLOBEX};

/// Each layer alone: SQL has row-level security and no filter. Once the owner of the tables switches
/// row-level security off, a query has the filter alone.
pub(crate) async fn layers(database: &Database, pool: &TenantPool) -> Result {
    heading("5. Two layers, one at a time");
    let raw = &mut database.raw().await?;
    let acme = &mut pool.scope(ACME.id).await?;
    let everything = count(&mut database.superuser().await?).await?;
    let own = i64::from(ACME.tasks);

    let mut table = Table::new([
        "row-level security",
        "raw connection, SQL",
        "Acme's scope, SQL",
        "Acme's scope, query",
        "of all tasks",
    ]);
    for (security, switch, expected) in [
        ("on", None, [0, own, own]),
        // What is left is the filter.
        ("off", Some("DISABLE"), [everything, everything, own]),
        ("on again", Some("ENABLE"), [0, own, own]),
    ] {
        if let Some(switch) = switch {
            row_level_security(database, switch).await?;
        }
        let seen = [
            count(raw).await?,
            count(acme).await?,
            tasks::table.count().get_result(acme).await?,
        ];
        table.row([&security, &seen[0], &seen[1], &seen[2], &everything]);
        check("tasks seen", &seen, &expected)?;
    }
    table.print();

    // Row-level security also watches what SQL writes.
    let insert =
        diesel::sql_query("INSERT INTO projects (tenant_id, id, name) VALUES ($1, 99, '')")
            .bind::<Uuid, _>(GLOBEX.id);
    let answer = match insert.execute(acme).await {
        Ok(rows) => format!("{rows} row inserted"),
        Err(error) => error.to_string(),
    };
    println!("  SQL in Acme's scope inserts a project for Globex. PostgreSQL answers:");
    println!("  {answer}");
    let refused = answer.contains("violates row-level security policy");
    check("refused by row-level security", &refused, &true)
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
    for table in REGISTRY.tables.iter().filter(|t| t.class.is_scoped()) {
        let statement = format!("ALTER TABLE {} {switch} ROW LEVEL SECURITY", table.name);
        owner.batch_execute(&statement).await?;
    }
    Ok(())
}
