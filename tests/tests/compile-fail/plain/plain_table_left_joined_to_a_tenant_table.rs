//~ E0277
//~ cannot join `ScopedQuery<ScopedSource<table>, OrgId>` to `table`

use shop::*;

pub fn run() {
    let _query = countries::table.left_join(projects::table);
    //~ right: let _query = scoped(countries::table).left_join(projects::table);
}

fn main() {}
