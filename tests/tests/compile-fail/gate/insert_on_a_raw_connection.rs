//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<usize> {
    insert_into(projects::table).values(projects::id.eq(1)).execute(raw)
    //~ right: insert_into(projects::table).values(projects::id.eq(1)).execute(scope)
}

fn main() {}
