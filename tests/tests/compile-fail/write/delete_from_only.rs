//~ E0277
//~ only tables or select statements with only the filter clause applied are valid update targets

use shop::*;

pub fn run() {
    let _statement = delete(projects::table.only());
    //~ right: let _statement = delete(projects::table);
}

fn main() {}
