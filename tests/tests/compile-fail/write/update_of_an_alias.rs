//~ E0277
//~ cannot be written
//~ an alias reads its base table; name the base table in `insert_into`, `update` and `delete`

use shop::*;

pub fn run() {
    let _statement = update(parent::table);
    //~ right: let _statement = update(projects::table);
}

fn main() {}
