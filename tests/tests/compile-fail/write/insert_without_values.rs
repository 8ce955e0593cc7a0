//~ E0599
//~ the method `execute` exists for struct

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).execute(scope)
    //~ right: insert_into(projects::table).default_values().execute(scope)
}

fn main() {}
