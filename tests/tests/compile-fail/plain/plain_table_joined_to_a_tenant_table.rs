//~ E0277
//~ cannot join `ScopedQuery<ScopedSource<table>, OrgId>` to `table`

use shop::*;

pub fn run() {
    let _query = countries::table.inner_join(projects::table);
    //~ right: let _query = scoped(countries::table).inner_join(projects::table);
}

fn main() {}
