//~ E0277
//~ the tenant column cannot be written
//~ leave the tenant column out: the scope fills it in on INSERT

use shop::*;
use tenancy_diesel::prelude::*;

#[derive(Insertable)]
#[diesel(table_name = projects)]
pub struct Roof {
    pub id: i32,
    pub tenant_id: OrgId,
    //~ right: pub name: String,
}

fn main() {}
