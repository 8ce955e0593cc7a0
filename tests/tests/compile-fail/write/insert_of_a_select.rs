//~ E0277
//~ Insertable

use diesel::dsl::Select;
use shop::*;

pub fn run(names: Select<tasks::ScopedTable, tasks::title>, rows: Vec<NewProject>) {
    let _statement = insert_into(projects::table).values(names);
    //~ right: let _statement = insert_into(projects::table).values(rows);
}

fn main() {}
