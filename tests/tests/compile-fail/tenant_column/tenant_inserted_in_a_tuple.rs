//~ ?

use shop::*;

pub fn run() {
    let _statement = insert_into(projects::table).values((projects::id.eq(1), projects::tenant_id.eq(OrgId(2))));
    //~ right: let _statement = insert_into(projects::table).values((projects::id.eq(1), projects::name.eq("roof")));
}

fn main() {}
