//~ E0277
//~ the trait `SelectQuery` is not implemented for `ScopedQuery<

use shop::*;
use tenancy_diesel::dsl::{exists, select};

pub fn run() {
    let _query = diesel::select(diesel::dsl::exists(projects::table));
    //~ right: let _query = select::<_, OrgId>(exists(projects::table));
}

fn main() {}
