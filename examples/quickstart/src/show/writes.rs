use diesel::sql_types::{Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tenancy_diesel::asynchronous::ScopedSaveChangesDsl;
use tenancy_diesel::prelude::*;

use crate::Result;
use crate::database::Database;
use crate::models::{NewAttachment, Task};
use crate::report::{Table, check, heading};
use crate::schema::{TenantPool, attachments, comments, tasks};
use crate::tenants::{ACME, GLOBEX, INITECH, OrgId, Tenant};

/// Writes reach rows of the scope's tenant, whatever they name.
pub(crate) async fn writes(database: &Database, pool: &TenantPool) -> Result {
    heading("4. Writes");
    let mut table = Table::new(["scope", "statement", "rows"]);
    let superuser = &mut database.superuser().await?;

    // The tenant cannot be named in an INSERT. It is filled in.
    let acme = &mut pool.scope(ACME.id).await?;
    let id = ACME.tasks + 1;
    let task = Task {
        id,
        project_id: 1,
        assignee_id: None,
        title: "Find the leak".to_owned(),
        done: false,
    };
    let inserted: Vec<(OrgId, i32)> = insert_into(tasks::table)
        .values(&task)
        .returning((tasks::tenant_id, tasks::id))
        .get_results(acme)
        .await?;
    table.row([&ACME.name, &format!("insert task {id}"), &inserted.len()]);
    check("the inserted row", &inserted, &vec![(ACME.id, id)])?;

    // Others aim at it: by its key, by the tenant's id, and through a row it owns.
    let before = fingerprint(superuser, &ACME).await?;
    let comment: i64 = comments::table.select(comments::id).first(acme).await?;
    let globex = &mut pool.scope(GLOBEX.id).await?;
    let by_key = update(tasks::table.find(id))
        .set(tasks::done.eq(true))
        .execute(globex)
        .await?;
    let by_tenant = update(tasks::table.filter(tasks::tenant_id.eq(ACME.id)))
        .set(tasks::done.eq(true))
        .execute(globex)
        .await?;
    let deleted = delete(tasks::table.find(id)).execute(globex).await?;
    let attached = insert_into(attachments::table)
        .values(NewAttachment {
            comment_id: comment,
            file_name: "trojan.exe".to_owned(),
        })
        .execute(globex)
        .await;
    for (statement, rows) in [
        (format!("update task {id}, which is Acme's"), by_key),
        ("update every task with Acme's id".to_owned(), by_tenant),
        (format!("delete task {id}, which is Acme's"), deleted),
    ] {
        table.row([&GLOBEX.name, &statement, &rows]);
        check(&statement, &rows, &0)?;
    }

    let refused = match attached {
        Ok(rows) => return Err(format!("{rows} files attached to a comment of Acme").into()),
        Err(_) => "refused",
    };
    table.row([
        &GLOBEX.name,
        &"attach a file to a comment of Acme",
        &refused,
    ]);

    // No WHERE at all is no way out of the scope either.
    let initech = &mut pool.scope(INITECH.id).await?;
    let rows = update(tasks::table)
        .set(tasks::done.eq(true))
        .execute(initech)
        .await?;
    table.row([&INITECH.name, &"update every task, no WHERE", &rows]);
    check("updated rows", &rows, &usize::try_from(INITECH.tasks)?)?;
    let after = fingerprint(superuser, &ACME).await?;
    check("what Acme has", &after, &before)?;

    // Models are written back and deleted as in Diesel.
    let mut task: Task = Task::query().filter(tasks::id.eq(id)).first(acme).await?;
    task.done = true;
    let saved: Task = (&task).save_changes(acme).await?;
    table.row([&ACME.name, &format!("save task {id}"), &1]);
    check("the saved task", &saved.done, &task.done)?;
    let rows = delete(&task).execute(acme).await?;
    table.row([&ACME.name, &format!("delete task {id}"), &rows]);
    check("deleted rows", &rows, &1)?;
    table.print();
    Ok(())
}

/// A checksum of what a tenant has, by a superuser.
async fn fingerprint(superuser: &mut AsyncPgConnection, tenant: &Tenant) -> Result<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        md5: String,
    }
    let row: Row = diesel::sql_query(
        "SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
             SELECT tasks::text AS line FROM tasks WHERE tenant_id = $1
             UNION ALL
             SELECT attachments::text FROM attachments JOIN comments ON comments.id = comment_id
             WHERE tenant_id = $1
         ) AS lines",
    )
    .bind::<Uuid, _>(tenant.id)
    .get_result(superuser)
    .await?;
    Ok(row.md5)
}
