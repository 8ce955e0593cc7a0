//~ E0277
//~ cannot be written
//~ an alias reads its base table; name the base table in `insert_into`, `update` and `delete`

use shop::*;

pub fn run() {
    let _statement = insert_into(parent::table);
    //~ right: let _statement = insert_into(projects::table);
}

fn main() {}
