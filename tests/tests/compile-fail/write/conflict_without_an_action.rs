//~ ?

use shop::*;

pub fn run(project: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(project).on_conflict(projects::id).execute(scope)
    //~ right: insert_into(projects::table).values(project).on_conflict(projects::id).do_nothing().execute(scope)
}

fn main() {}
