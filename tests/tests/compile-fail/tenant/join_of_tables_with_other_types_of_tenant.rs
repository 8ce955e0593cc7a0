//~ ?

use shop::*;
use shop::clinic::patients;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.inner_join(patients::table.on(patients::id.eq(projects::id))).count().get_result(scope)
    //~ right: projects::table.inner_join(tasks::table.on(tasks::project_id.eq(projects::id))).count().get_result(scope)
}

fn main() {}
