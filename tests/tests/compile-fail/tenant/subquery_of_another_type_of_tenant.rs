//~ ?

use diesel::dsl::Select;
use shop::*;
use shop::clinic::patients;

pub fn run(patients: Select<patients::ScopedTable, patients::id>, tasks: Select<tasks::ScopedTable, tasks::project_id>) {
    let _query = projects::table.into_boxed::<diesel::pg::Pg>().filter(projects::id.eq_any(patients));
    //~ right: let _query = projects::table.into_boxed::<diesel::pg::Pg>().filter(projects::id.eq_any(tasks));
}

fn main() {}
