//~ E0277
//~ rows of `table` cannot be written
//~ a shared or excluded table is Diesel's own

use diesel::dsl::Select;
use shop::*;

pub fn run(codes: Select<projects::ScopedTable, projects::country>, rows: Vec<NewProject>) {
    let _statement = diesel::insert_into(countries::table).values(codes);
    //~ right: let _statement = insert_into(projects::table).values(rows);
}

fn main() {}
