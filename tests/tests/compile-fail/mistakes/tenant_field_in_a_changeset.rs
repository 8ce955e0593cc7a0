//~ E0277
//~ the tenant column cannot be written
//~ the tenant of a row does not change

use shop::*;
use tenancy_diesel::prelude::*;

#[derive(AsChangeset)]
#[diesel(table_name = projects)]
pub struct Rename {
    pub name: String,
    pub tenant_id: OrgId,
    //~ right: pub country: String,
}

fn main() {}
