//~ E0277
//~ is not a shared table of a `tenant_schema!`
//~ the table itself, before any filter

use shop::*;

pub fn run() {
    let _query = scoped(countries::table.find("de"));
    //~ right: let _query = scoped(countries::table).find("de");
}

fn main() {}
