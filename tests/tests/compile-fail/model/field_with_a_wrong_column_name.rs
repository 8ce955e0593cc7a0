//~ E0425
//~ cannot find value `title` in module `projects`

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named {
    pub id: i32,
    #[diesel(column_name = title)]
    //~ right: #[diesel(column_name = name)]
    pub called: String,
}

fn main() {}
