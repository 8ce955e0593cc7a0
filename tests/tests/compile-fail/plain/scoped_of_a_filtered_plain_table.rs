//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    scoped(countries::table.find("de")).count().get_result(scope)
    //~ right: scoped(countries::table).find("de").count().get_result(scope)
}

fn main() {}
