//~ E0277
//~ the trait bound `Task: BelongingToDsl<_>` is not satisfied

use shop::*;

#[derive(Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Project))]
pub struct Task {
    pub id: i32,
    pub project_id: i32,
}

pub fn run(project: &Project) {
    let _query = <Task as diesel::BelongingToDsl<_>>::belonging_to(project);
    //~ right: let _query = <Task as ScopedBelongingToDsl<_>>::belonging_to(project);
}

fn main() {}
