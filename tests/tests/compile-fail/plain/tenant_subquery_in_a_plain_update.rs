//~ ?

use shop::*;

pub fn run() {
    let name = projects::table.select(projects::name).single_value().assume_not_null();
    let _statement = update(countries::table).set(countries::label.eq(name));
    //~ right: let _statement = update(countries::table).set(countries::label.eq("none"));
}

fn main() {}
