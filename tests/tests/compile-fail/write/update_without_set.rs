//~ E0277
//~ Update<SelectStatement<

use shop::*;

pub fn run(scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    update(projects::table).execute(scope)
    //~ right: update(projects::table).set(projects::name.eq("roof")).execute(scope)
}

fn main() {}
