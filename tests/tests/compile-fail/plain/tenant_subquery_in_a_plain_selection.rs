//~ E0277
//~ a sub-query on a tenant table cannot be used in a plain Diesel query
//~ lift the outer table into the scope: `scoped(countries::table).filter(..)`

use shop::*;

pub fn run() {
    let name = projects::table.select(projects::name).single_value();
    let _query = countries::table.select(name);
    //~ right: let _query = scoped(countries::table).select(name);
}

fn main() {}
