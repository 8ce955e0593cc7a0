//~ E0277
//~ a sub-query on a tenant table cannot be used in a plain Diesel query
//~ lift the outer table into the scope: `scoped(countries::table).filter(..)`

use shop::*;

pub fn run(raw: &mut PgConnection) {
    let name = projects::table.select(projects::name).single_value().assume_not_null();
    let insert = insert_into(countries::table);
    let _rows = insert.values(countries::label.eq(name)).execute(raw);
    //~ right: let _rows = insert.values(countries::label.eq("none")).execute(raw);
}

fn main() {}
