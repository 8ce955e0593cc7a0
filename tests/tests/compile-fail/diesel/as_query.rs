//~ ?

use shop::*;

pub fn run() -> impl Sized {
    diesel::query_builder::AsQuery::as_query(projects::table)
    //~ right: projects::table
}

fn main() {}
