//~ a model of a scoped table is a struct

use shop::*;

#[derive(TenantScoped)]
#[diesel(table_name = projects)]
pub enum Named { Id }
//~ right: pub struct Named { pub id: i32 }

fn main() {}
