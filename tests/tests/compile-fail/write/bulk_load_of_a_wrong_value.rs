//~ E0277
//~ is no value of the column

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).unnest((projects::id, projects::name), [("1", "x")]).execute(scope)
    //~ right: insert_into(projects::table).unnest((projects::id, projects::name), [(1, "x")]).execute(scope)
}

fn main() {}
