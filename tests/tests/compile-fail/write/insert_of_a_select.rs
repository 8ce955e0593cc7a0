//~ ?

use shop::*;

pub fn run(new: Vec<NewProject>, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(tasks::table.select((tasks::id, tasks::title))).execute(scope)
    //~ right: insert_into(projects::table).values(new).execute(scope)
}

fn main() {}
