//~ the model has no field for the key column `id`; add it, or name the key with `#[diesel(primary_key(..))]`

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub name: String,
    //~ right: pub id: i32,
}

fn main() {}
