//~ E0308
//~ expected `OrgId`, found `i32`
//~ try wrapping the expression in `shop::OrgId`

use shop::*;
use tenancy_diesel::prelude::*;

pub fn open(raw: PgConnection, id: i32) -> Result<Scoped<PgConnection>, tenancy_diesel::ScopeError> {
    tenancy_diesel::Scoped::open(raw, id)
    //~ right: tenancy_diesel::Scoped::open(raw, OrgId(id))
}

fn main() {}
