//~ E0277
//~ a sub-query on a tenant table cannot be used in a plain Diesel query
//~ lift the outer table into the scope: `scoped(countries::table).filter(..)`

use shop::*;

pub fn run() {
    let name = projects::table.select(projects::name).single_value().assume_not_null();
    let _statement = update(countries::table).set(countries::label.eq(name));
    //~ right: let _statement = update(countries::table).set(countries::label.eq("none"));
}

fn main() {}
