//~ E0277
//~ Sealed

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = update(accounts::table).set(accounts::api_key.eq("s3cret")).execute(scope);
    //~ right: let _rows = update(accounts::table).set(accounts::api_key.eq(Encrypted::new("s3cret"))).execute(scope);
}

fn main() {}
