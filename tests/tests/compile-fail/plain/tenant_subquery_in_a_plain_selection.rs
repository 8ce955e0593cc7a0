//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<Option<String>>> {
    countries::table.select(projects::table.select(projects::name).single_value()).load(scope)
    //~ right: scoped(countries::table).select(projects::table.select(projects::name).single_value()).load(scope)
}

fn main() {}
