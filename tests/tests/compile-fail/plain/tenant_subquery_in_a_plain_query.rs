//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    countries::table.filter(countries::code.eq_any(projects::table.select(projects::country))).select(countries::label).load(scope)
    //~ right: scoped(countries::table).filter(countries::code.eq_any(projects::table.select(projects::country))).select(countries::label).load(scope)
}

fn main() {}
