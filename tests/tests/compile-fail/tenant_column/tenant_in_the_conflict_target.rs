//~ E0277
//~ are not columns of a unique key of
//~ name columns of the table without the tenant column, which the statement adds

use shop::*;

pub fn run(project: NewProject) {
    let insert = insert_into(projects::table).values(project);
    let _statement = insert.on_conflict((projects::tenant_id, projects::id));
    //~ right: let _statement = insert.on_conflict(projects::id);
}

fn main() {}
