//~ E0271
//~ expected `table`, found `shop::tasks::__sealed::tasks::table`

use shop::*;

pub fn run() {
    let _statement = update(projects::table).set(tasks::title.eq("roof"));
    //~ right: let _statement = update(projects::table).set(projects::name.eq("roof"));
}

fn main() {}
