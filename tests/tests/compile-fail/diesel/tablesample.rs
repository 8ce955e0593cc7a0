//~ ?

use shop::*;
use diesel::dsl::TablesampleDsl as _;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.tablesample_bernoulli(10).count().get_result(scope)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}
