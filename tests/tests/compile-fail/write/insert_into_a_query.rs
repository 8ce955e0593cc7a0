//~ E0277
//~ is not a table that rows can be inserted into
//~ pass `projects::table` itself: not an alias, a query or a join

use shop::*;

pub fn run() {
    let _statement = insert_into(projects::table.find(1));
    //~ right: let _statement = insert_into(projects::table);
}

fn main() {}
