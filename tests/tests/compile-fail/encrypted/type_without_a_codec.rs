//~ E0277
//~ Encode

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = insert_into(accounts::table).values(accounts::api_key.eq(Encrypted::new(1.5f64))).execute(scope);
    //~ right: let _rows = insert_into(accounts::table).values(accounts::api_key.eq(Encrypted::new(15i64))).execute(scope);
}

fn main() {}
