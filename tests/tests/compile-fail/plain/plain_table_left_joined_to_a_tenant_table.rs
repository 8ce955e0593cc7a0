//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    countries::table.left_join(projects::table).count().get_result(scope)
    //~ right: scoped(countries::table).left_join(projects::table).count().get_result(scope)
}

fn main() {}
