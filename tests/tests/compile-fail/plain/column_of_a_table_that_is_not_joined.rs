//~ E0277
//~ is not satisfied

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.filter(tasks::id.eq(1)).count().get_result(scope)
    //~ right: projects::table.filter(projects::id.eq(1)).count().get_result(scope)
}

fn main() {}
