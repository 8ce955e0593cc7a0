//~ E0277
//~ Diesel's own function does not take a scoped table, query or model
//~ `tenancy_diesel::dsl` has `exists` and `select`

use diesel::dsl::exists;
//~ right: use tenancy_diesel::dsl::exists;
use shop::*;
use tenancy_diesel::prelude::*;

pub fn busy(conn: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    let open = tasks::table.filter(tasks::project_id.eq(projects::id));
    projects::table.filter(exists(open)).select(projects::name).load(conn)
}

fn main() {}
