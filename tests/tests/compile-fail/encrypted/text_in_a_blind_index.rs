//~ E0277
//~ Indexed

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = insert_into(accounts::table).values(accounts::email_index.eq("a@b.c")).execute(scope);
    //~ right: let _rows = insert_into(accounts::table).values(accounts::email_index.eq(BlindIndex::new("a@b.c"))).execute(scope);
}

fn main() {}
