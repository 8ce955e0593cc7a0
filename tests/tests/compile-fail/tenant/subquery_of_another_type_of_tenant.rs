//~ E0277
//~ allow_tables_to_appear_in_same_query!

use shop::clinic::patients;
use shop::*;

pub fn run(query: projects::BoxedQuery<'static>) {
    let _query = query.filter(projects::id.eq_any(patients::table.select(patients::id)));
    //~ right: let _query = query.filter(projects::id.eq_any(tasks::table.select(tasks::id)));
}

fn main() {}
