//~ ?

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
#[diesel(primary_key(key))]
//~ right: #[diesel(primary_key(id))]
pub struct Named {
    pub id: i32,
}

fn main() {}
