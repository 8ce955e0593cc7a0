//~ E0277
//~ Diesel's own function does not take a scoped table, query or model
//~ `tenancy_diesel::prelude` has `insert_into`, `update`, `delete`, `save_changes`

use shop::*;

pub fn run() {
    let _statement = diesel::update(projects::table);
    //~ right: let _statement = update(projects::table);
}

fn main() {}
