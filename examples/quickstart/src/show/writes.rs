use diesel::sql_types::{Text, Uuid};
use diesel_async::AsyncPgConnection;
use tenancy_diesel::prelude::*;

use diesel_async::RunQueryDsl;

use crate::Result;
use crate::database::Database;
use crate::models::Task;
use crate::report::{Table, check, heading};
use crate::schema::{TenantPool, tasks};
use crate::tenants::{ACME, GLOBEX, INITECH, OrgId, Tenant};

/// Writes reach rows of the scope's tenant, whatever they name.
pub(crate) async fn writes(database: &Database, pool: &TenantPool) -> Result {
    heading("4. Writes");
    let mut table = Table::new(["scope", "statement", "rows"]);
    let superuser = &mut database.superuser().await?;

    // The tenant cannot be named in an INSERT. It is filled in.
    let conn = &mut pool.scope(ACME.id).await?;
    let id = ACME.tasks + 1;
    let inserted: Vec<(OrgId, i32)> = insert_into(tasks::table)
        .values(Task {
            id,
            project_id: 1,
            assignee_id: None,
            title: "Find the leak".to_owned(),
            done: false,
        })
        .returning((tasks::tenant_id, tasks::id))
        .get_results(conn)
        .await?;
    table.row([&ACME.name, &format!("insert task {id}"), &inserted.len()]);
    check("the inserted row", &inserted, &vec![(ACME.id, id)])?;

    // Globex tries to reach it: by its key, and by the tenant's id.
    let before = fingerprint(superuser, &ACME).await?;
    let conn = &mut pool.scope(GLOBEX.id).await?;
    let by_key = update(tasks::table.find(id))
        .set(tasks::done.eq(true))
        .execute(conn)
        .await?;
    let by_tenant = update(tasks::table.filter(tasks::tenant_id.eq(ACME.id)))
        .set(tasks::done.eq(true))
        .execute(conn)
        .await?;
    let deleted = delete(tasks::table)
        .filter(tasks::id.eq(id))
        .execute(conn)
        .await?;
    for (statement, rows) in [
        (format!("update task {id}, which is Acme's"), by_key),
        (
            "update every task with Acme's tenant_id".to_owned(),
            by_tenant,
        ),
        (format!("delete task {id}, which is Acme's"), deleted),
    ] {
        table.row([&GLOBEX.name, &statement, &rows]);
        check(&statement, &rows, &0)?;
    }
    check(
        "Acme's tasks",
        &fingerprint(superuser, &ACME).await?,
        &before,
    )?;

    // No WHERE at all is still no way out of the scope.
    let before = fingerprint(superuser, &ACME).await?;
    let conn = &mut pool.scope(INITECH.id).await?;
    let rows = update(tasks::table)
        .set(tasks::done.eq(true))
        .execute(conn)
        .await?;
    table.row([&INITECH.name, &"update every task, no WHERE", &rows]);
    check("updated rows", &rows, &usize::try_from(INITECH.tasks)?)?;
    check(
        "Acme's tasks",
        &fingerprint(superuser, &ACME).await?,
        &before,
    )?;

    // Models are written back and deleted as in Diesel.
    let conn = &mut pool.scope(ACME.id).await?;
    let mut task: Task = Task::query().filter(tasks::id.eq(id)).first(conn).await?;
    task.done = true;
    let rows = update(&task).set(&task).execute(conn).await?;
    table.row([&ACME.name, &format!("save task {id}"), &rows]);
    check("saved rows", &rows, &1)?;
    let rows = delete(&task).execute(conn).await?;
    table.row([&ACME.name, &format!("delete task {id}"), &rows]);
    check("deleted rows", &rows, &1)?;
    table.print();
    Ok(())
}

/// A checksum of a tenant's tasks, by a superuser.
async fn fingerprint(superuser: &mut AsyncPgConnection, tenant: &Tenant) -> Result<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        md5: String,
    }
    let row: Row = diesel::sql_query(
        "SELECT md5(string_agg(tasks::text, ' ' ORDER BY id)) FROM tasks WHERE tenant_id = $1",
    )
    .bind::<Uuid, _>(tenant.id)
    .get_result(superuser)
    .await?;
    Ok(row.md5)
}
