//~ ?

use shop::*;

pub fn run(codes: Vec<String>, raw: &mut PgConnection) -> QueryResult<usize> {
    diesel::delete(countries::table.filter(countries::code.eq_any(projects::table.select(projects::country)))).execute(raw)
    //~ right: diesel::delete(countries::table.filter(countries::code.eq_any(codes))).execute(raw)
}

fn main() {}
