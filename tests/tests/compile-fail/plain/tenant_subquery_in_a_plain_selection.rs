//~ ?

use shop::*;

pub fn run() {
    let name = projects::table.select(projects::name).single_value();
    let _query = countries::table.select(name);
    //~ right: let _query = scoped(countries::table).select(name);
}

fn main() {}
