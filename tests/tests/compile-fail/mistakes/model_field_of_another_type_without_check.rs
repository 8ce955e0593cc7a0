//~ E0277
//~ LoadQuery<'_, ..., _>` is not satisfied

use shop::*;
use tenancy_diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
    pub country: i32,
    //~ right: pub country: String,
}

pub fn all(conn: &mut Scoped<PgConnection>) -> QueryResult<Vec<Named>> {
    projects::table.select(Named::as_select()).load(conn)
}

fn main() {}
