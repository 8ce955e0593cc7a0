//~ E0277
//~ encrypted columns do not load across tenants

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;
use shop::vault::accounts;
use tenancy_diesel::encryption::*;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross) {
    let _rows = cross.load::<Option<Encrypted<String>>>(accounts::table.select(accounts::recovery));
    //~ right: let _rows = cross.load::<i32>(accounts::table.select(accounts::id));
}

fn main() {}
