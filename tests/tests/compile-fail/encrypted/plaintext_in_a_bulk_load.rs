//~ E0277
//~ is no value of the column

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = insert_into(accounts::table).unnest((accounts::id, accounts::api_key), [(1, "s3cret")]).execute(scope);
    //~ right: let _rows = insert_into(accounts::table).unnest((accounts::id, accounts::api_key), [(1, Encrypted::new("s3cret"))]).execute(scope);
}

fn main() {}
