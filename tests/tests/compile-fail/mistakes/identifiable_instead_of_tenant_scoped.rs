//~ E0308
//~ expected `table`, found `ScopedQuery<ScopedSource<table>, OrgId>`

use shop::*;
use tenancy_diesel::prelude::*;

#[derive(Identifiable)]
//~ right: #[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
}

fn main() {}
