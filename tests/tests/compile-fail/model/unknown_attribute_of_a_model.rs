//~ expected `crate`

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
#[tenant_scoped(table = projects)]
//~ right: #[tenant_scoped(crate = tenancy_diesel)]
pub struct Named {
    pub id: i32,
}

fn main() {}
