//~ E0277
//~ cannot select `shop::tasks::id` from `shop::projects::

use shop::*;

pub fn run() {
    let _statement = delete(projects::table).returning(tasks::id);
    //~ right: let _statement = delete(projects::table).returning(projects::id);
}

fn main() {}
