//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    delete(projects::table.inner_join(tasks::table)).execute(scope)
    //~ right: delete(projects::table.filter(projects::id.eq_any(tasks::table.select(tasks::project_id)))).execute(scope)
}

fn main() {}
