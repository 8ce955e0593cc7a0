//~ ?

use shop::*;

#[derive(Identifiable)]
//~ right: #[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
}

fn main() {}
