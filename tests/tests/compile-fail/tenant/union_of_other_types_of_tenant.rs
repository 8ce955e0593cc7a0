//~ E0308
//~ expected `ScopedQuery<_, OrgId>`

use diesel::dsl::Select;
use shop::clinic::patients;
use shop::*;

pub fn run(names: Select<projects::ScopedTable, projects::name>) {
    let _query = names.union(patients::table.select(patients::name));
    //~ right: let _query = names.union(tasks::table.select(tasks::title));
}

fn main() {}
