//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection) {
    let name = projects::table.select(projects::name).single_value().assume_not_null();
    let insert = insert_into(countries::table);
    let _rows = insert.values(countries::label.eq(name)).execute(raw);
    //~ right: let _rows = insert.values(countries::label.eq("none")).execute(raw);
}

fn main() {}
