//~ E0277
//~ AsExpression

use shop::*;

pub fn run() {
    let _query = projects::table.filter(projects::tenant_id.eq("acme"));
    //~ right: let _query = projects::table.filter(projects::tenant_id.eq(OrgId(2)));
}

fn main() {}
