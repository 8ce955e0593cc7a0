//~ ?

use shop::*;

pub fn run() {
    let _statement = update(parent::table);
    //~ right: let _statement = update(projects::table);
}

fn main() {}
