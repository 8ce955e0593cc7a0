//~ ?

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    Ok(projects::table.select(projects::id).load_iter::<i32, _>(raw)?.count())
    //~ right: Ok(projects::table.select(projects::id).load_iter::<i32, _>(scope)?.count())
}

fn main() {}
