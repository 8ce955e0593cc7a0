//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    scoped(projects::table).count().get_result(scope)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}
