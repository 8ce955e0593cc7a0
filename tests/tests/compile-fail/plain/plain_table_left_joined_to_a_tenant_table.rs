//~ ?

use shop::*;

pub fn run() {
    let _query = countries::table.left_join(projects::table);
    //~ right: let _query = scoped(countries::table).left_join(projects::table);
}

fn main() {}
