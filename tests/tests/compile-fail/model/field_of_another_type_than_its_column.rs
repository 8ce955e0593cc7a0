//~ E0277
//~ the trait bound `i64: FromSqlRow<Integer, Pg>` is not satisfied

use shop::*;

#[derive(Queryable, Selectable)]
#[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
pub struct Named {
    pub id: i64,
    //~ right: pub id: i32,
}

fn main() {}
