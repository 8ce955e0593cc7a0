//~ E0277
//~ `ScopedQuery<ScopedSource<table>, OrgId>: IntoUpdateTarget` is not satisfied

use shop::*;

pub fn run() {
    let _statement = diesel::update(projects::table);
    //~ right: let _statement = update(projects::table);
}

fn main() {}
