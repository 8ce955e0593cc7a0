//~ ?

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub name: String,
    //~ right: pub id: i32,
}

fn main() {}
