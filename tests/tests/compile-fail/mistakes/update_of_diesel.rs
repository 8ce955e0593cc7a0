//~ E0277
//~ Diesel's own function does not take a scoped table, query or model
//~ `tenancy_diesel::prelude` has `insert_into`, `update`, `delete`, `save_changes`

use shop::*;
use tenancy_diesel::prelude::*;

pub fn rename(conn: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    diesel::update(projects::table.find(1)).set(projects::name.eq("roof")).execute(conn)
    //~ right: update(projects::table.find(1)).set(projects::name.eq("roof")).execute(conn)
}

fn main() {}
