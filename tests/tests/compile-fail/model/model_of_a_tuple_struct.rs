//~ a model of a scoped table has named fields

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub struct Named(pub i32);
//~ right: pub struct Named { pub id: i32 }

fn main() {}
