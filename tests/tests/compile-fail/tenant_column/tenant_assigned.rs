//~ E0271
//~ expected `table`, found `NoTable<table, TheScopeFillsInTheTenant>`

use shop::*;

pub fn run() {
    let _statement = update(projects::table).set(projects::tenant_id.eq(OrgId(2)));
    //~ right: let _statement = update(projects::table).set(projects::name.eq("roof"));
}

fn main() {}
