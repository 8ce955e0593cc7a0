//~ E0119
//~ conflicting implementations of trait `HasTable` for type `Named`

use shop::*;

#[derive(Identifiable, TenantScoped)]
//~ right: #[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
}

fn main() {}
