//~ E0277
//~ the trait `AsQuery` is not implemented for `ScopedQuery<ScopedSource<table>, OrgId>`

use shop::*;

#[derive(diesel::HasQuery)]
//~ right: #[derive(Queryable, Selectable, TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
}

fn main() {}
