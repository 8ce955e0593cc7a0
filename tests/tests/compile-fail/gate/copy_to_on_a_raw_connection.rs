//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<u64> {
    tenancy_diesel::copy_to(projects::table).write_to(raw, &mut Vec::new())
    //~ right: tenancy_diesel::copy_to(projects::table).write_to(scope, &mut Vec::new())
}

fn main() {}
