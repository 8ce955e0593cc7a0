//~ E0599
//~ the method `execute` exists for struct `IncompleteOnConflict<

use shop::*;

pub fn run(project: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    let insert = insert_into(projects::table).values(project);
    insert.on_conflict(projects::id).execute(scope)
    //~ right: insert.on_conflict(projects::id).do_nothing().execute(scope)
}

fn main() {}
