//~ E0271
//~ expected `table`, found `shop::tasks::__sealed::tasks::table`

use diesel::upsert::excluded;
use shop::*;

pub fn run(project: NewProject) {
    let insert = insert_into(projects::table).values(project);
    let update = insert.on_conflict(projects::id).do_update();
    let _statement = update.set(projects::name.eq(excluded(tasks::title)));
    //~ right: let _statement = update.set(projects::name.eq(excluded(projects::name)));
}

fn main() {}
