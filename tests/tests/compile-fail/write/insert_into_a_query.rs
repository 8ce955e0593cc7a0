//~ ?

use shop::*;

pub fn run() {
    let _statement = insert_into(projects::table.find(1));
    //~ right: let _statement = insert_into(projects::table);
}

fn main() {}
