//~ E0271
//~ expected a tuple with 2 elements, found one with 1 element

use shop::*;

pub fn run() {
    let _statement = insert_into(projects::table).unnest((projects::id, projects::name), [(1,)]);
    //~ right: let _statement = insert_into(projects::table).unnest((projects::id,), [(1,)]);
}

fn main() {}
