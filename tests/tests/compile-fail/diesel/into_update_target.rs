//~ E0599
//~ the method `into_update_target` exists for struct `ScopedQuery<
//~ trait bounds were not satisfied

use diesel::query_builder::IntoUpdateTarget as _;
use shop::*;

pub fn run() {
    let _target = projects::table.into_update_target();
    //~ right: let _target = update(projects::table);
}

fn main() {}
