//~ E0277
//~ a tenant table cannot be joined to a plain Diesel query
//~ lift the plain table into the scope: `scoped(countries::table).inner_join(..)`

use shop::*;
use tenancy_diesel::prelude::*;

pub fn labels(conn: &mut Scoped<PgConnection>) -> QueryResult<Vec<(String, String)>> {
    countries::table
    //~ right: scoped(countries::table)
        .inner_join(projects::table)
        .select((countries::label, projects::name))
        .load(conn)
}

fn main() {}
