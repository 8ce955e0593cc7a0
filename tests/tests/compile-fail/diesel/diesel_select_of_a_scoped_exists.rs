//~ E0277
//~ a sub-query on a tenant table cannot be used in a plain Diesel query
//~ where there is no table, use `tenancy_diesel::dsl::select`

use shop::*;
use tenancy_diesel::dsl::{exists, select};

pub fn run() {
    let _query = diesel::select(exists(projects::table));
    //~ right: let _query = select::<_, OrgId>(exists(projects::table));
}

fn main() {}
