//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    countries::table.filter(countries::code.eq_any(projects::table.select(projects::country))).select(countries::label).load(raw)
    //~ right: scoped(countries::table).filter(countries::code.eq_any(projects::table.select(projects::country))).select(countries::label).load(scope)
}

fn main() {}
