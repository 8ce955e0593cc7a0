//! Rows for three tenants: the same keys, other values.

// Named, so that it outranks the synchronous trait of the prelude.
use diesel_async::RunQueryDsl;
use tenancy_diesel::encryption::{Encrypted, Keyring};
use tenancy_diesel::prelude::*;

use crate::models::{
    Integration, NewAttachment, NewComment, NewMember, NewOrganisation, NewProject, Task,
};
use crate::schema::{
    TenantPool, attachments, comments, integrations, members, organisations, projects, tasks,
};
use crate::tenants::{TENANTS, Tenant};
use crate::{Error, Result};

/// Fills the database through the application's own role: each tenant in its own scope.
pub(crate) async fn run(pool: &TenantPool, keyring: &Keyring) -> Result {
    for tenant in TENANTS {
        // Once, where an organisation signs up. Without keys it would get no scope from this pool.
        keyring.create_tenant(&tenant.id).await?;
        pool.with_scope(tenant.id, async |conn| {
            // The tenant's id is not among the values. There is no way to name it.
            insert_into(organisations::table)
                .values(NewOrganisation {
                    name: tenant.name,
                    country_code: tenant.country,
                })
                .execute(conn)
                .await?;
            insert_into(members::table)
                .values(members_of(tenant))
                .execute(conn)
                .await?;
            // The token is sealed on its way to the server.
            insert_into(integrations::table)
                .values(integration_of(tenant))
                .execute(conn)
                .await?;
            insert_into(projects::table)
                .values(projects_of(tenant))
                .execute(conn)
                .await?;
            insert_into(tasks::table)
                .values(tasks_of(tenant))
                .execute(conn)
                .await?;
            let comments: Vec<i64> = insert_into(comments::table)
                .values(comments_of(tenant))
                .returning(comments::id)
                .get_results(conn)
                .await?;
            insert_into(attachments::table)
                .values(attachments_of(&comments))
                .execute(conn)
                .await?;
            Ok::<_, Error>(())
        })
        .await?;
    }
    Ok(())
}

fn members_of(tenant: &Tenant) -> Vec<NewMember> {
    const NAMES: [&str; 6] = ["Ada", "Bo", "Cleo", "Dan", "Eve", "Finn"];
    (1..=tenant.members)
        .zip(NAMES.iter().cycle())
        .map(|(id, name)| NewMember {
            id,
            name: format!("{name} {id}"),
            email: format!(
                "{}.{id}@{}.example",
                name.to_lowercase(),
                tenant.name.to_lowercase()
            ),
        })
        .collect()
}

fn integration_of(tenant: &Tenant) -> Integration {
    Integration {
        id: 1,
        name: "chat".to_owned(),
        token: Encrypted::new(tenant.token.to_owned()),
    }
}

fn projects_of(tenant: &Tenant) -> Vec<NewProject> {
    (1..=tenant.projects)
        .map(|id| NewProject {
            id,
            name: format!("{} project {id}", tenant.name),
            // The first two have no parent.
            parent_id: (id > 2).then_some(id / 3 + 1),
        })
        .collect()
}

fn tasks_of(tenant: &Tenant) -> Vec<Task> {
    (1..=tenant.tasks)
        .map(|id| Task {
            id,
            project_id: id % tenant.projects + 1,
            assignee_id: (id % 5 != 0).then_some(id % tenant.members + 1),
            title: format!("{} task {id}", tenant.name),
            done: id % 3 == 0,
        })
        .collect()
}

fn comments_of(tenant: &Tenant) -> Vec<NewComment> {
    (1..=tenant.tasks * 3 / 2)
        .map(|n| NewComment {
            task_id: n % tenant.tasks + 1,
            author_id: n % tenant.members + 1,
            body: format!("{} comment {n}", tenant.name),
        })
        .collect()
}

fn attachments_of(comments: &[i64]) -> Vec<NewAttachment> {
    comments
        .iter()
        .step_by(5)
        .map(|&comment_id| NewAttachment {
            comment_id,
            file_name: format!("sketch-{comment_id}.png"),
        })
        .collect()
}
