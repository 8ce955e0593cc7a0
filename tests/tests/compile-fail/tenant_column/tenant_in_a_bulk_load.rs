//~ E0277
//~ the tenant column cannot be written
//~ the scope fills it in on INSERT

use shop::*;

pub fn run() {
    let _statement = insert_into(projects::table).unnest((projects::tenant_id, projects::name), [(1, "x")]);
    //~ right: let _statement = insert_into(projects::table).unnest((projects::id, projects::name), [(1, "x")]);
}

fn main() {}
