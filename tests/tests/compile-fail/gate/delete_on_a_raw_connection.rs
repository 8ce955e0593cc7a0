//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    delete(projects::table.find(1)).execute(raw)
    //~ right: delete(projects::table.find(1)).execute(scope)
}

fn main() {}
