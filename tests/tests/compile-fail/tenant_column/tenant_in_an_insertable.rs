//~ E0277
//~ the tenant column cannot be written
//~ leave the tenant column out: the scope fills it in on INSERT

use shop::*;

#[derive(Insertable)]
#[diesel(table_name = projects)]
pub struct Change {
    pub name: String,
    pub tenant_id: OrgId,
    //~ right: pub country: String,
}

fn main() {}
