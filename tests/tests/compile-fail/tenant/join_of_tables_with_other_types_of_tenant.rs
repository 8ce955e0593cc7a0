//~ E0277
//~ is not a shared table of a `tenant_schema!`
//~ joins tables of its own `tenant_schema!` only

use shop::*;
use shop::clinic::patients;

pub fn run() {
    let _query = projects::table.inner_join(patients::table);
    //~ right: let _query = projects::table.inner_join(tasks::table);
}

fn main() {}
