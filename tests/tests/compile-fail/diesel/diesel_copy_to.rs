//~ E0277
//~ `ScopedQuery<ScopedSource<table>, OrgId>: CopyTarget` is not satisfied

use shop::*;

pub fn run() {
    let _statement = diesel::copy_to(projects::table);
    //~ right: let _query = projects::table;
}

fn main() {}
