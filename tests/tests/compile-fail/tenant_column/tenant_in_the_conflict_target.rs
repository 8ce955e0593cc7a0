//~ ?

use shop::*;

pub fn run(new: NewProject, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(new).on_conflict((projects::tenant_id, projects::id)).do_nothing().execute(scope)
    //~ right: insert_into(projects::table).values(new).on_conflict(projects::id).do_nothing().execute(scope)
}

fn main() {}
