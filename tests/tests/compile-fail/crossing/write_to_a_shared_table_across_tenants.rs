//~ E0277
//~ the trait `diesel::Connection` is not implemented for `CrossTenant

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross, conn: &mut PgConnection) -> QueryResult<usize> {
    diesel::delete(countries::table).execute(cross)
    //~ right: diesel::delete(countries::table).execute(conn)
}

fn main() {}
