//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    update(projects::table).set(tasks::title.eq("roof")).execute(scope)
    //~ right: update(projects::table).set(projects::name.eq("roof")).execute(scope)
}

fn main() {}
