//~ E0271
//~ expected `table`, found `NoTable<table, TheScopeFillsInTheTenant>`

use shop::*;

#[derive(AsChangeset)]
#[diesel(table_name = projects)]
pub struct Change {
    pub name: String,
    pub tenant_id: OrgId,
    //~ right: pub country: String,
}

fn main() {}
