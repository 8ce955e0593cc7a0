//~ ?

use shop::*;

pub fn run(
    clinic: &mut clinic::Scoped<PgConnection>,
    scope: &mut Scoped<PgConnection>,
) -> QueryResult<i64> {
    projects::table.count().get_result(clinic)
    //~ right: projects::table.count().get_result(scope)
}

fn main() {}
