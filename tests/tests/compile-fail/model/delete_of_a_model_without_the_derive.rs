//~ E0277
//~ rows of `&Named` cannot be deleted
//~ pass a table, a query with only a filter, or a reference to a model with `#[derive(TenantScoped)]`

use shop::*;

#[derive(AsChangeset)]
//~ right: #[derive(AsChangeset, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
    pub name: String,
}

pub fn run(named: &Named) {
    let _statement = delete(named);
}

fn main() {}
