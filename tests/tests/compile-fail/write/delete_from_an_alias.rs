//~ E0277
//~ cannot be written
//~ an alias reads its base table; name the base table in `insert_into`, `update` and `delete`

use shop::*;

pub fn run() {
    let _statement = delete(parent::table.find(1));
    //~ right: let _statement = delete(projects::table.find(1));
}

fn main() {}
