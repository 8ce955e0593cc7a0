use diesel::sql_types::{BigInt, Uuid};
use diesel_async::RunQueryDsl;
use tenancy_diesel::prelude::*;

use crate::Result;
use crate::database::Database;
use crate::report::{Table, check, heading};
use crate::schema::{TenantPool, attachments, comments, members, projects, tasks};
use crate::tenants::{OrgId, TENANTS};

/// How many rows there are of each kind.
#[derive(Debug, PartialEq, QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    members: i64,
    #[diesel(sql_type = BigInt)]
    projects: i64,
    #[diesel(sql_type = BigInt)]
    tasks: i64,
    #[diesel(sql_type = BigInt)]
    comments: i64,
    #[diesel(sql_type = BigInt)]
    attachments: i64,
}

/// The same queries in the scope of each tenant. No query mentions a tenant.
pub(crate) async fn queries(database: &Database, pool: &TenantPool) -> Result {
    heading("1. The same queries, in three scopes");
    let mut superuser = database.superuser().await?;
    let mut table = Table::new([
        "scope",
        "members",
        "projects",
        "tasks",
        "comments",
        "attachments",
        "task 1",
    ]);
    let (mut read, mut of_others) = (0, 0);
    for tenant in TENANTS {
        let conn = &mut pool.scope(tenant.id).await?;
        let seen = Counts {
            members: members::table.count().get_result(conn).await?,
            projects: projects::table.count().get_result(conn).await?,
            tasks: tasks::table.count().get_result(conn).await?,
            comments: comments::table.count().get_result(conn).await?,
            attachments: attachments::table.count().get_result(conn).await?,
        };
        // Every tenant has a task 1. `find` takes the key without the tenant.
        let task: String = tasks::table
            .find(1)
            .select(tasks::title)
            .first(conn)
            .await?;
        table.row([
            &tenant.name,
            &seen.members,
            &seen.projects,
            &seen.tasks,
            &seen.comments,
            &seen.attachments,
            &task,
        ]);
        check("task 1", &task, &format!("{} task 1", tenant.name))?;

        let existing: Counts = diesel::sql_query(
            "SELECT (SELECT count(*) FROM members WHERE tenant_id = $1) AS members,
                    (SELECT count(*) FROM projects WHERE tenant_id = $1) AS projects,
                    (SELECT count(*) FROM tasks WHERE tenant_id = $1) AS tasks,
                    (SELECT count(*) FROM comments WHERE tenant_id = $1) AS comments,
                    (SELECT count(*) FROM attachments JOIN comments
                         ON comments.id = comment_id WHERE tenant_id = $1) AS attachments",
        )
        .bind::<Uuid, _>(tenant.id)
        .get_result(&mut superuser)
        .await?;
        check("rows in a scope and rows that exist", &seen, &existing)?;

        // The tenant column can be read, though it can be neither assigned nor inserted.
        let owners: Vec<OrgId> = members::table
            .select(members::tenant_id)
            .union_all(projects::table.select(projects::tenant_id))
            .union_all(tasks::table.select(tasks::tenant_id))
            .union_all(comments::table.select(comments::tenant_id))
            .load(conn)
            .await?;
        read += owners.len();
        of_others += owners.iter().filter(|&&owner| owner != tenant.id).count();
    }
    table.print();
    println!("  Rows read: {read}. Rows of other tenants seen: {of_others}.");
    check("rows of other tenants", &of_others, &0)
}
