//~ ?

use shop::*;

pub fn run() {
    let _statement = diesel::copy_to(projects::table);
    //~ right: let _query = projects::table;
}

fn main() {}
