//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).union(tasks::table.select(tasks::title)).load(raw)
    //~ right: projects::table.select(projects::name).union(tasks::table.select(tasks::title)).load(scope)
}

fn main() {}
