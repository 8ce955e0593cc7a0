//~ ?

use shop::*;

pub fn run() {
    let _statement = update(projects::table).set((projects::id.eq(1), projects::tenant_id.eq(OrgId(2))));
    //~ right: let _statement = update(projects::table).set((projects::id.eq(1), projects::name.eq("roof")));
}

fn main() {}
