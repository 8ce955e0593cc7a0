//~ E0277
//~ this does not run across tenants
//~ scoped(countries::table)

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross) -> QueryResult<Vec<String>> {
    cross.load(countries::table.select(countries::code))
    //~ right: cross.load(scoped(countries::table).select(countries::code))
}

fn main() {}
