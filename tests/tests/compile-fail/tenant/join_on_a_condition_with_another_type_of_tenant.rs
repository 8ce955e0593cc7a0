//~ E0277
//~ allow_tables_to_appear_in_same_query!

use diesel::dsl::Eq;
use shop::clinic::patients;
use shop::*;

pub fn run(same: Eq<patients::id, projects::id>, of: Eq<tasks::project_id, projects::id>) {
    let _query = projects::table.inner_join(patients::table.on(same));
    //~ right: let _query = projects::table.inner_join(tasks::table.on(of));
}

fn main() {}
