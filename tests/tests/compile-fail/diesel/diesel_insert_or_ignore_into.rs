//~ ?

use shop::*;

pub fn run(new: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    diesel::insert_or_ignore_into(projects::table).values(new).execute(scope)
    //~ right: insert_into(projects::table).values(new).on_conflict_do_nothing().execute(scope)
}

fn main() {}
