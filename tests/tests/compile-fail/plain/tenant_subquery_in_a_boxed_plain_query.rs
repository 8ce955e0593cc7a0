//~ ?

use diesel::pg::Pg;
use shop::*;

pub fn run() {
    let used = countries::code.eq_any(projects::table.select(projects::country));
    let _query = countries::table.into_boxed::<Pg>().filter(used);
    //~ right: let _query = scoped(countries::table).into_boxed::<Pg>().filter(used);
}

fn main() {}
