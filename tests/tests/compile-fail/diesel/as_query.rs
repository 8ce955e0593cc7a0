//~ E0599
//~ the method `as_query` exists for struct `ScopedQuery<
//~ trait bounds were not satisfied

use diesel::query_builder::AsQuery as _;
use shop::*;

pub fn run() {
    let _query = projects::table.as_query();
    //~ right: let _query = projects::table;
}

fn main() {}
