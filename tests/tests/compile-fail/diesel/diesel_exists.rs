//~ E0277
//~ Diesel's own function does not take a scoped table, query or model
//~ `tenancy_diesel::dsl` has `exists` and `select`

use shop::*;
use tenancy_diesel::dsl::{exists, select};

pub fn run() {
    let _query = diesel::select(diesel::dsl::exists(projects::table));
    //~ right: let _query = select::<_, OrgId>(exists(projects::table));
}

fn main() {}
