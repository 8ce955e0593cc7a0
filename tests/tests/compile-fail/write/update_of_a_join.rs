//~ E0277
//~ only tables or select statements with only the filter clause applied are valid update targets

use shop::*;

pub fn run() {
    let _statement = update(projects::table.inner_join(tasks::table));
    //~ right: let _statement = update(projects::table);
}

fn main() {}
