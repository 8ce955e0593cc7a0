//~ E0277
//~ the trait bound `ScopedQuery<ScopedSource<table>, OrgId>: Table` is not satisfied

use shop::*;

pub fn run() {
    let _statement = diesel::copy_from(projects::table);
    //~ right: let _statement = insert_into(projects::table);
}

fn main() {}
