//~ E0277
//~ this does not run across tenants

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross) -> QueryResult<Vec<i32>> {
    cross.load::<i32>(diesel::sql_query("SELECT 1"))
    //~ right: cross.load::<i32>(projects::table.select(projects::id))
}

fn main() {}
