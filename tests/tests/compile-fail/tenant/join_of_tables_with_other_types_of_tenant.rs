//~ E0277
//~ is not a shared table of a `tenant_schema!`
//~ joins tables of its own `tenant_schema!` only

use shop::clinic::patients;
use shop::*;

pub fn run() {
    let _query = projects::table.inner_join(patients::table);
    //~ right: let _query = projects::table.inner_join(tasks::table);
}

fn main() {}
