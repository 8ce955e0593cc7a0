//~ E0277
//~ no join of these tables is declared
//~ joins tables of its own `tenant_schema!` only

use shop::clinic::patients;
use shop::*;

pub fn run() {
    let _query = projects::table.inner_join(patients::table);
    //~ right: let _query = projects::table.inner_join(tasks::table);
}

fn main() {}
