//~ E0599
//~ `Task` is not a model of a scoped table
//~ add `#[derive(TenantScoped)]` to the model

use shop::*;

#[derive(Associations)]
//~ right: #[derive(Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Project))]
pub struct Task {
    pub id: i32,
    pub project_id: i32,
}

pub fn run(project: &Project) {
    let _query = Task::belonging_to(project);
}

fn main() {}
