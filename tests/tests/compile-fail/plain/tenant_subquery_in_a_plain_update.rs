//~ ?

use shop::*;

pub fn run() {
    let name = projects::table.select(projects::name).single_value();
    let _statement = diesel::update(countries::table).set(countries::label.eq(name.assume_not_null()));
    //~ right: let _statement = diesel::update(countries::table).set(countries::label.eq("none"));
}

fn main() {}
