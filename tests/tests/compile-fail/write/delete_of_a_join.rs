//~ ?

use shop::*;

pub fn run() {
    let _statement = delete(projects::table.inner_join(tasks::table));
    //~ right: let _statement = delete(projects::table);
}

fn main() {}
