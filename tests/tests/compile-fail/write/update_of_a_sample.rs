//~ E0277
//~ only tables or select statements with only the filter clause applied are valid update targets

use shop::*;

pub fn run() {
    let _statement = update(projects::table.tablesample_bernoulli(10));
    //~ right: let _statement = update(projects::table);
}

fn main() {}
