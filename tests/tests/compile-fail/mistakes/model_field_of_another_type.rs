//~ E0277
//~ the trait bound `i32: FromSqlRow<diesel::sql_types::Text, Pg>` is not satisfied
//~ double check your type mappings

use shop::*;
use tenancy_diesel::prelude::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
pub struct Named {
    pub id: i32,
    pub country: i32,
    //~ right: pub country: String,
}

fn main() {}
