//~ E0277
//~ `Task` does not belong to `&Named`
//~ derive `TenantScoped` on the parent

use shop::*;

#[derive(Clone)]
//~ right: #[derive(Clone, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
    pub name: String,
}

#[derive(Associations, TenantScoped)]
#[diesel(table_name = tasks, belongs_to(Named, foreign_key = project_id))]
pub struct Task {
    pub id: i32,
    pub project_id: i32,
}

pub fn run(named: &Named) {
    let _query = Task::belonging_to(named);
}

fn main() {}
