//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    countries::table.select(countries::label).union(projects::table.select(projects::name)).load(scope)
    //~ right: scoped(countries::table).select(countries::label).union(projects::table.select(projects::name)).load(scope)
}

fn main() {}
