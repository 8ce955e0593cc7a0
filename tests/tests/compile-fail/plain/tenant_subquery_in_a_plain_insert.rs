//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) {
    let name = projects::table.select(projects::name).single_value().assume_not_null();
    let _rows = diesel::insert_into(countries::table).values(countries::label.eq(name)).execute(raw);
    //~ right: let _rows = diesel::insert_into(countries::table).values(countries::label.eq("none")).execute(raw);
}

fn main() {}
