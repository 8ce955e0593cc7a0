//~ E0277
//~ a tenant table cannot be joined to a plain Diesel query
//~ lift the plain table into the scope: `scoped(countries::table).inner_join(..)`

use diesel::dsl::Eq;
use shop::*;

pub fn run(same: Eq<countries::code, projects::country>) {
    let _query = countries::table.inner_join(projects::table.on(same));
    //~ right: let _query = scoped(countries::table).inner_join(projects::table.on(same));
}

fn main() {}
