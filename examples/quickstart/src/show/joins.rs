use diesel_async::RunQueryDsl;
use tenancy_diesel::prelude::*;

use crate::Result;
use crate::report::{Table, check, heading};
use crate::schema::{TenantPool, members, projects, tasks};
use crate::tenants::TENANTS;

/// Joins need no condition on the tenant: each side is filtered where it stands.
pub(crate) async fn joins(pool: &TenantPool) -> Result {
    heading("2. A join");
    let mut table = Table::new(["scope", "task", "project", "assignee"]);
    for tenant in TENANTS {
        let conn = &mut pool.scope(tenant.id).await?;
        let rows: Vec<(String, String, Option<String>)> = tasks::table
            .inner_join(projects::table)
            .left_join(members::table)
            .order(tasks::id)
            .filter(tasks::id.between(4, 5))
            .select((tasks::title, projects::name, members::email.nullable()))
            .load(conn)
            .await?;
        for (task, project, assignee) in &rows {
            let assignee = assignee.as_deref().unwrap_or("-");
            table.row([&tenant.name, task, project, &assignee]);
            check("a joined project", &project.starts_with(tenant.name), &true)?;
        }
        check("joined rows", &rows.len(), &2)?;
    }
    table.print();

    // A wrong condition joins wrong rows, but never those of another tenant.
    let mut table = Table::new([
        "scope",
        "projects",
        "tasks",
        "joined on a condition that always holds",
    ]);
    for tenant in TENANTS {
        let conn = &mut pool.scope(tenant.id).await?;
        let rows: i64 = projects::table
            .inner_join(tasks::table.on(tasks::id.gt(0)))
            .count()
            .get_result(conn)
            .await?;
        table.row([&tenant.name, &tenant.projects, &tenant.tasks, &rows]);
        let own = i64::from(tenant.projects) * i64::from(tenant.tasks);
        check("own projects times own tasks", &rows, &own)?;
    }
    table.print();
    Ok(())
}
