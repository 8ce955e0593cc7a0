//~ ?

use shop::*;

pub fn run() {
    let name = projects::table.select(projects::name).single_value();
    let _query = countries::table.order(name);
    //~ right: let _query = scoped(countries::table).order(name);
}

fn main() {}
