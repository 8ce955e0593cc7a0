//~ E0277
//~ Diesel's own function does not take a scoped table, query or model
//~ `tenancy_diesel::prelude` has `insert_into`, `update`, `delete`, `save_changes`

use shop::*;
use tenancy_diesel::prelude::*;

pub fn add(new: &NewProject, conn: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    diesel::insert_into(projects::table).values(new).execute(conn)
    //~ right: insert_into(projects::table).values(new).execute(conn)
}

fn main() {}
