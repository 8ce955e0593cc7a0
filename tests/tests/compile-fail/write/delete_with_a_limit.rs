//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    delete(projects::table.limit(1)).execute(scope)
    //~ right: delete(projects::table.filter(projects::id.lt(1))).execute(scope)
}

fn main() {}
