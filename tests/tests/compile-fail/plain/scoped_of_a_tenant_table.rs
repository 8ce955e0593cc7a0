//~ E0277
//~ is not a shared table of a `tenant_schema!`
//~ a tenant table is in its scope already

use shop::*;

pub fn run() {
    let _query = scoped(projects::table);
    //~ right: let _query = projects::table;
}

fn main() {}
