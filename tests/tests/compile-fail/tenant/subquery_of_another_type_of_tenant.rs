//~ ?

use shop::*;
use shop::clinic::patients;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.filter(projects::id.eq_any(patients::table.select(patients::id))).count().get_result(scope)
    //~ right: projects::table.filter(projects::id.eq_any(tasks::table.select(tasks::project_id))).count().get_result(scope)
}

fn main() {}
