//~ E0277
//~ leave the tenant column out

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<u64> {
    tenancy_diesel::copy_to((projects::tenant_id, projects::name)).write_to(scope, &mut Vec::new())
    //~ right: tenancy_diesel::copy_to((projects::id, projects::name)).write_to(scope, &mut Vec::new())
}

fn main() {}
