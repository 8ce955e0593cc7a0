//~ E0277
//~ these rows cannot be inserted into
//~ name columns of this table

use shop::*;

pub fn run() {
    let _statement = insert_into(projects::table).values(tasks::title.eq("roof"));
    //~ right: let _statement = insert_into(projects::table).values(projects::name.eq("roof"));
}

fn main() {}
