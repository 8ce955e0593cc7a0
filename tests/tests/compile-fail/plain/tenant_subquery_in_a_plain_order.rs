//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    countries::table.order(projects::table.select(projects::name).single_value()).select(countries::label).load(scope)
    //~ right: scoped(countries::table).order(projects::table.select(projects::name).single_value()).select(countries::label).load(scope)
}

fn main() {}
