//~ E0277
//~ Sealed

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = update(accounts::table).set(accounts::recovery.eq(accounts::api_key.nullable())).execute(scope);
    //~ right: let _rows = update(accounts::table).set(accounts::recovery.eq(accounts::recovery)).execute(scope);
}

fn main() {}
