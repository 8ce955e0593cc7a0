//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.filter(tasks::title.eq("roof")).count().get_result(scope)
    //~ right: projects::table.filter(projects::name.eq("roof")).count().get_result(scope)
}

fn main() {}
