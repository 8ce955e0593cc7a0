//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(parent::table).values(parent::name.eq("roof")).execute(scope)
    //~ right: insert_into(projects::table).values(projects::name.eq("roof")).execute(scope)
}

fn main() {}
