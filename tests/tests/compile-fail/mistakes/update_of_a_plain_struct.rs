//~ E0277
//~ `&Rename` cannot be updated
//~ a reference to a model with `#[derive(TenantScoped)]`

use shop::*;
use tenancy_diesel::prelude::*;

#[derive(AsChangeset)]
//~ right: #[derive(AsChangeset, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Rename {
    pub id: i32,
    pub name: String,
}

pub fn rename(model: &Rename, conn: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    update(model).set(model).execute(conn)
}

fn main() {}
