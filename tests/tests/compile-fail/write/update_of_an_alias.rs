//~ ?

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    update(parent::table).set(parent::name.eq("roof")).execute(scope)
    //~ right: update(projects::table).set(projects::name.eq("roof")).execute(scope)
}

fn main() {}
