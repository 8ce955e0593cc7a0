//~ E0277
//~ the tenant column cannot be written
//~ leave the tenant column out: the scope fills it in on INSERT

use diesel::dsl::Eq;
use shop::*;

pub fn run(name: Eq<projects::name, &'static str>) {
    let _statement = update(projects::table).set((name, projects::tenant_id.eq(OrgId(2))));
    //~ right: let _statement = update(projects::table).set((name, projects::country.eq("de")));
}

fn main() {}
