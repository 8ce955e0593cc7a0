//~ ?

use shop::*;

pub fn run() {
    let _statement = insert_into(parent::table);
    //~ right: let _statement = insert_into(projects::table);
}

fn main() {}
