//~ ?

use shop::*;

pub fn run(new: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    new.insert_into(projects::table).execute(scope)
    //~ right: insert_into(projects::table).values(new).execute(scope)
}

fn main() {}
