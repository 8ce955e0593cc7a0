//~ ?

use shop::*;

pub fn run() -> impl Sized {
    diesel::query_builder::QueryFragment::<diesel::pg::Pg>::to_sql(&projects::table, &mut Default::default(), &diesel::pg::Pg).unwrap()
    //~ right: projects::table
}

fn main() {}
