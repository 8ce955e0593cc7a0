//~ ?

use shop::*;

pub fn run() {
    let _inner = projects::table.inner;
    //~ right: let _query = projects::table;
}

fn main() {}
