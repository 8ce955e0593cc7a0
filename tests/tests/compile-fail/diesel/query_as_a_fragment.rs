//~ E0277
//~ `ScopedQuery<ScopedSource<table>, OrgId>` is no valid SQL fragment

use diesel::pg::Pg;
use diesel::query_builder::QueryFragment;
use shop::*;

pub fn run() {
    let _fragment: Box<dyn QueryFragment<Pg>> = Box::new(projects::table);
    //~ right: let _query = projects::table;
}

fn main() {}
