//~ E0277
//~ a sub-query on a tenant table cannot be used in a plain Diesel query
//~ lift the outer table into the scope: `scoped(countries::table).filter(..)`

use diesel::pg::Pg;
use shop::*;
use tenancy_diesel::dsl::exists;

pub fn run() {
    let used = exists(projects::table);
    let _query = countries::table.into_boxed::<Pg>().filter(used);
    //~ right: let _query = scoped(countries::table).into_boxed::<Pg>().filter(used);
}

fn main() {}
