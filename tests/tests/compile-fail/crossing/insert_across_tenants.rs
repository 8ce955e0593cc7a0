//~ E0277
//~ this does not run across tenants
//~ use the scope of one tenant: `cross.scope(..)`

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross) -> QueryResult<Vec<i32>> {
    cross.load(insert_into(projects::table).values((projects::id.eq(1), projects::name.eq("roof"))).returning(projects::id))
    //~ right: cross.load(projects::table.select(projects::id))
}

fn main() {}
