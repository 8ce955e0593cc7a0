//~ E0277
//~ LoadQuery

use shop::vault::{Scoped, accounts};
use shop::*;
use tenancy_diesel::encryption::*;

pub fn run(scope: &mut Scoped<PgConnection>) {
    let _rows = accounts::table.filter(accounts::api_key.eq(Encrypted::new("s3cret"))).count().get_result::<i64>(scope);
    //~ right: let _rows = accounts::table.filter(accounts::email_index.matches("s3cret")).count().get_result::<i64>(scope);
}

fn main() {}
