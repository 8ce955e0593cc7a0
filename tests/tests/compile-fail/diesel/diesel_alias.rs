//~ E0308
//~ expected `table`, found `ScopedQuery<ScopedSource<table>, OrgId>`

use shop::*;

pub fn run() {
    let _part_of = diesel::alias!(projects as part_of);
    //~ right: let _part_of = parent::table;
}

fn main() {}
