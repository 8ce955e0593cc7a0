//~ ?

use diesel::upsert::excluded;
use shop::*;

pub fn run(project: NewProject) {
    let insert = insert_into(projects::table).values(project);
    let _statement = insert.on_conflict(projects::id).do_update().set(projects::tenant_id.eq(excluded(projects::tenant_id)));
    //~ right: let _statement = insert.on_conflict(projects::id).do_update().set(projects::name.eq(excluded(projects::name)));
}

fn main() {}
