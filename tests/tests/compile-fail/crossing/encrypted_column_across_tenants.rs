//~ E0277
//~ encrypted columns do not load across tenants
//~ select the other columns

use diesel::r2d2::{ConnectionManager, Pool};
use shop::*;
use tenancy_diesel::crossing::CrossTenant;
use shop::vault::accounts;
use tenancy_diesel::encryption::*;

type Cross = CrossTenant<Pool<ConnectionManager<PgConnection>>>;

pub fn run(cross: &mut Cross) -> QueryResult<Vec<(i32, Encrypted<Vec<u8>>)>> {
    cross.load(accounts::table.select((accounts::id, accounts::api_key)))
    //~ right: cross.load(accounts::table.select((accounts::id, accounts::id))).map(|rows: Vec<(i32, i32)>| drop(rows)).map(|()| Vec::new())
}

fn main() {}
