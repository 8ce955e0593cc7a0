//~ E0277
//~ LoadQuery

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = accounts::table.select(accounts::recovery).load::<Encrypted<String>>(scope);
    //~ right: let _rows = accounts::table.select(accounts::recovery).load::<Option<Encrypted<String>>>(scope);
}

fn main() {}
