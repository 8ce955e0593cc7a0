//~ E0277
//~ the tenant column cannot be written
//~ leave the tenant column out: the scope fills it in on INSERT

use shop::*;

pub fn run() {
    let _statement = update(projects::table).set(projects::tenant_id.eq(projects::id));
    //~ right: let _statement = update(projects::table).set(projects::name.eq(projects::country));
}

fn main() {}
