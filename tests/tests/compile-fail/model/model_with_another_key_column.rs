//~ the model has no field for the key column `key`; add it, or name the key with `#[diesel(primary_key(..))]`

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
#[diesel(primary_key(key))]
//~ right: #[diesel(primary_key(id))]
pub struct Named {
    pub id: i32,
}

fn main() {}
