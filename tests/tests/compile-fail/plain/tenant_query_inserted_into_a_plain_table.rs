//~ E0277
//~ the trait `diesel::Insertable<table>` is not implemented for `ScopedQuery<

use diesel::dsl::Select;
use shop::*;

pub fn run(codes: Select<projects::ScopedTable, projects::country>, rows: Vec<NewProject>) {
    let _statement = diesel::insert_into(countries::table).values(codes);
    //~ right: let _statement = insert_into(projects::table).values(rows);
}

fn main() {}
