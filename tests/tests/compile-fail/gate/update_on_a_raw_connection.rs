//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    update(projects::table).set(projects::name.eq("roof")).execute(raw)
    //~ right: update(projects::table).set(projects::name.eq("roof")).execute(scope)
}

fn main() {}
