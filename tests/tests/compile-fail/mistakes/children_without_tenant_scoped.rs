//~ E0599
//~ `Task` is not a model of a scoped table
//~ add `#[derive(TenantScoped)]` to the model

use shop::*;
use tenancy_diesel::prelude::*;

#[derive(Queryable, Selectable, Associations)]
//~ right: #[derive(Queryable, Selectable, Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Project))]
pub struct Task {
    pub id: i32,
    pub project_id: i32,
}

pub fn children(parent: &Project, conn: &mut Scoped<PgConnection>) -> QueryResult<Vec<Task>> {
    Task::belonging_to(parent).select(Task::as_select()).load(conn)
}

fn main() {}
