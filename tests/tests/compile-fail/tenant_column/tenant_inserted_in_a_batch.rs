//~ E0277
//~ these rows cannot be inserted into
//~ leave out the tenant column: the scope fills it in

use shop::*;

pub fn run() {
    let _statement = insert_into(projects::table).values(vec![projects::tenant_id.eq(OrgId(2))]);
    //~ right: let _statement = insert_into(projects::table).values(vec![projects::id.eq(2)]);
}

fn main() {}
