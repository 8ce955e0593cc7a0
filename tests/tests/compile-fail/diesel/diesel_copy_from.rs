//~ E0277
//~ Diesel's own function does not take a scoped table, query or model

use shop::*;

pub fn run() {
    let _statement = diesel::copy_from(projects::table);
    //~ right: let _statement = insert_into(projects::table);
}

fn main() {}
