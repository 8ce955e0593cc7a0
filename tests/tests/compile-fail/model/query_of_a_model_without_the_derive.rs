//~ E0599
//~ `query` exists for struct `Named`
//~ the trait `tenancy_diesel::model::TenantModel` must be implemented

use shop::*;

#[derive(Queryable, Selectable)]
//~ right: #[derive(Queryable, Selectable, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
    pub name: String,
}

pub fn run() {
    let _query = Named::query();
}

fn main() {}
