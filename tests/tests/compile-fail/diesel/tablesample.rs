//~ E0599
//~ the method `tablesample_bernoulli` exists for struct `ScopedQuery<
//~ trait bounds were not satisfied

use diesel::dsl::TablesampleDsl as _;
use shop::*;

pub fn run() {
    let _query = projects::table.tablesample_bernoulli(10);
    //~ right: let _query = projects::table;
}

fn main() {}
