//~ E0308
//~ expected `&mut Scoped<_, OrgId>`

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).load(cross)
    //~ right: cross.load(projects::table.select(projects::name))
}

fn main() {}
