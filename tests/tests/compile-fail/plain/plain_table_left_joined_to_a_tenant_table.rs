//~ E0277
//~ a tenant table cannot be joined to a plain Diesel query
//~ lift the plain table into the scope: `scoped(countries::table).inner_join(..)`

use shop::*;

pub fn run() {
    let _query = countries::table.left_join(projects::table);
    //~ right: let _query = scoped(countries::table).left_join(projects::table);
}

fn main() {}
