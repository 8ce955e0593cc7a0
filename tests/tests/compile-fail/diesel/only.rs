//~ ?

use shop::*;
use diesel::dsl::OnlyDsl as _;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.only().count().get_result(scope)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}
