//~ ?

use shop::*;
use shop::clinic::patients;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    projects::table.select(projects::name).union(patients::table.select(patients::name)).load(scope)
    //~ right: projects::table.select(projects::name).union(tasks::table.select(tasks::title)).load(scope)
}

fn main() {}
