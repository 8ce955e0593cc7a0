//~ ?

use shop::*;

pub fn run() {
    let _query = scoped(countries::table.find("de"));
    //~ right: let _query = scoped(countries::table).find("de");
}

fn main() {}
