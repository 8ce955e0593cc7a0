//~ ?

use diesel::Insertable;
use shop::*;

#[derive(Insertable)]
#[diesel(table_name = projects)]
pub struct Change {
    pub id: i32,
    pub tenant_id: OrgId,
    //~ right: pub name: String,
}

fn main() {}
