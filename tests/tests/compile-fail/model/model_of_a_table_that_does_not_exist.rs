//~ E0433
//~ cannot find module or crate `project` in this scope

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = project)]
//~ right: #[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
}

fn main() {}
