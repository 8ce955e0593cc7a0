//~ ?

use shop::*;

pub fn run(new: NewProject, raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(new).execute(raw)
    //~ right: insert_into(projects::table).values(new).execute(scope)
}

fn main() {}
