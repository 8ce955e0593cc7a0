//~ E0599
//~ matches

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = accounts::table.filter(accounts::name.matches("x")).count().get_result::<i64>(scope);
    //~ right: let _rows = accounts::table.filter(accounts::email_index.matches("x")).count().get_result::<i64>(scope);
}

fn main() {}
