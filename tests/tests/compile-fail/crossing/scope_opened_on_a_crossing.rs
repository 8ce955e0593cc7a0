//~ E0277
//~ a scope cannot be opened on

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: Cross, conn: PgConnection) {
    let _scope = tenancy_diesel::Scoped::open(cross, OrgId(1));
    //~ right: let _scope = tenancy_diesel::Scoped::open(conn, OrgId(1));
}

fn main() {}
