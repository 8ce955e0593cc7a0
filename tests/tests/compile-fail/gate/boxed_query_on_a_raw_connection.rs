//~ ?

use shop::*;
use diesel::dsl;

pub fn run(query: dsl::Select<projects::BoxedQuery<'_>, projects::name>, raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    query.load(raw)
    //~ right: query.load(scope)
}

fn main() {}
