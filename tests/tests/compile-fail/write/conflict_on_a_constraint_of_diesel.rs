//~ E0277
//~ for a constraint, use `tenancy_diesel::upsert::on_constraint`

use shop::*;

pub fn run(project: NewProject) {
    let insert = insert_into(projects::table).values(project);
    let _statement = insert.on_conflict(diesel::upsert::on_constraint("projects_pkey"));
    //~ right: let _statement = insert.on_conflict(tenancy_diesel::upsert::on_constraint("projects_pkey"));
}

fn main() {}
