//~ E0271
//~ Sealed

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = insert_into(accounts::table).values(accounts::table.select((accounts::id, accounts::api_key.nullable()))).into_columns((accounts::id, accounts::recovery)).execute(scope);
    //~ right: let _rows = insert_into(accounts::table).values(accounts::table.select((accounts::id, accounts::recovery))).into_columns((accounts::id, accounts::recovery)).execute(scope);
}

fn main() {}
