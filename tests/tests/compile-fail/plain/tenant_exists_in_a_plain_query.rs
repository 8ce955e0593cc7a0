//~ ?

use diesel::pg::Pg;
use shop::*;
use tenancy_diesel::dsl::exists;

pub fn run() {
    let used = exists(projects::table);
    let _query = countries::table.into_boxed::<Pg>().filter(used);
    //~ right: let _query = scoped(countries::table).into_boxed::<Pg>().filter(used);
}

fn main() {}
