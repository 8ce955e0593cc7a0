//~ E0277
//~ `Task` does not belong to `&Task`
//~ derive `Associations` and `TenantScoped` on `Task`, name the parent in `#[diesel(belongs_to(..))]`, and derive `TenantScoped` on the parent

use shop::*;

#[derive(Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Project))]
pub struct Task {
    pub id: i32,
    pub project_id: i32,
}

pub fn run(project: &Project, task: &Task) {
    let _query = Task::belonging_to(task);
    //~ right: let _query = (Task::belonging_to(project), task);
}

fn main() {}
