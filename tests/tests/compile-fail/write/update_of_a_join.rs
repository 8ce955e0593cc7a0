//~ ?

use shop::*;

pub fn run() {
    let _statement = update(projects::table.inner_join(tasks::table));
    //~ right: let _statement = update(projects::table);
}

fn main() {}
