//~ ?

use shop::*;

pub fn run() {
    let _query = scoped(projects::table);
    //~ right: let _query = projects::table;
}

fn main() {}
