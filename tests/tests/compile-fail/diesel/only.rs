//~ E0599
//~ the method `only` exists for struct `ScopedQuery<
//~ trait bounds were not satisfied

use diesel::dsl::OnlyDsl as _;
use shop::*;

pub fn run() {
    let _query = projects::table.only();
    //~ right: let _query = projects::table;
}

fn main() {}
