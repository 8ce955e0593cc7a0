//~ ?

use shop::*;

pub fn run(new: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    diesel::insert_into(projects::table).values(new).execute(scope)
    //~ right: insert_into(projects::table).values(new).execute(scope)
}

fn main() {}
