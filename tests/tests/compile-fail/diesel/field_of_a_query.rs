//~ E0616
//~ field `inner` of struct
//~ is private

use shop::*;

pub fn run() {
    let _inner = projects::table.inner;
    //~ right: let _query = projects::table;
}

fn main() {}
