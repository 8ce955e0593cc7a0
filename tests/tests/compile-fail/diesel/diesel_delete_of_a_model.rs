//~ E0277
//~ Diesel's own function does not take a scoped table, query or model
//~ `tenancy_diesel::prelude` has `insert_into`, `update`, `delete`, `save_changes`

use shop::*;

pub fn run(project: &Project) {
    let _statement = diesel::delete(project);
    //~ right: let _statement = delete(project);
}

fn main() {}
