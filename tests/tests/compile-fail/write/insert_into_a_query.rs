//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table.find(1)).values(projects::name.eq("roof")).execute(scope)
    //~ right: insert_into(projects::table).values(projects::name.eq("roof")).execute(scope)
}

fn main() {}
