//~ E0277
//~ E0308
//~ the trait `Query` is not implemented for `ScopedQuery<ScopedSource<table>, OrgId>`

use shop::*;

#[derive(diesel::HasQuery)]
//~ right: #[derive(Queryable, Selectable, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
}

fn main() {}
