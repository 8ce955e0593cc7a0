//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;
use tenancy_diesel::dsl::{exists, select};

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<bool> {
    select(exists(projects::table)).get_result(raw)
    //~ right: select(exists(projects::table)).get_result(scope)
}

fn main() {}
