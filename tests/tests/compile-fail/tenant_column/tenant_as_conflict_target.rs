//~ ?

use shop::*;

pub fn run(project: NewProject) {
    let insert = insert_into(projects::table).values(project);
    let _statement = insert.on_conflict(projects::tenant_id);
    //~ right: let _statement = insert.on_conflict(projects::id);
}

fn main() {}
