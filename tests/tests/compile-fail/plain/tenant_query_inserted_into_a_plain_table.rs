//~ ?

use shop::*;

pub fn run(rows: Vec<diesel::dsl::Eq<countries::code, String>>, raw: &mut PgConnection) -> QueryResult<usize> {
    diesel::insert_into(countries::table).values(projects::table.select((projects::country, projects::name))).execute(raw)
    //~ right: diesel::insert_into(countries::table).values(rows).execute(raw)
}

fn main() {}
