//~ E0277
//~ the trait `AsQuery` is not implemented for `ScopedQuery<

use diesel::dsl::Select;
use shop::*;

pub fn run(names: Select<projects::ScopedTable, projects::name>) {
    let _query = countries::table.select(countries::label).union(names);
    //~ right: let _query = scoped(countries::table).select(countries::label).union(names);
}

fn main() {}
