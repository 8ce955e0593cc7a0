//~ E0277
//~ the tenant column cannot be written
//~ leave the tenant column out: the scope fills it in on INSERT

use diesel::dsl::Eq;
use shop::*;

pub fn run(id: Eq<projects::id, i32>) {
    let _row = insert_into(projects::table).values((id, projects::tenant_id.eq(OrgId(2))));
    //~ right: let _row = insert_into(projects::table).values((id, projects::name.eq("roof")));
}

fn main() {}
