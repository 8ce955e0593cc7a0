//~ E0277
//~ LoadQuery

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = accounts::table.select(accounts::api_key).load::<Vec<u8>>(scope);
    //~ right: let _rows = accounts::table.select(accounts::api_key).load::<Encrypted<Vec<u8>>>(scope);
}

fn main() {}
