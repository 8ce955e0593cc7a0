//~ ?

use shop::*;
use tenancy_diesel::exists;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    countries::table.filter(exists(projects::table)).count().get_result(scope)
    //~ right: scoped(countries::table).filter(exists(projects::table)).count().get_result(scope)
}

fn main() {}
