//~ E0277
//~ cannot join `ScopedOn<

use diesel::dsl::Eq;
use shop::*;

pub fn run(same: Eq<countries::code, projects::country>) {
    let _query = countries::table.inner_join(projects::table.on(same));
    //~ right: let _query = scoped(countries::table).inner_join(projects::table.on(same));
}

fn main() {}
