//~ E0425
//~ cannot find value `title` in module `projects`

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
    pub title: String,
    //~ right: pub name: String,
}

fn main() {}
