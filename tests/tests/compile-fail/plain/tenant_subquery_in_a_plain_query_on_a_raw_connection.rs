//~ E0277
//~ a sub-query on a tenant table cannot be used in a plain Diesel query
//~ lift the outer table into the scope: `scoped(countries::table).filter(..)`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    let used = countries::code.eq_any(projects::table.select(projects::country));
    countries::table.filter(used).count().get_result(raw)
    //~ right: scoped(countries::table).filter(used).count().get_result(scope)
}

fn main() {}
