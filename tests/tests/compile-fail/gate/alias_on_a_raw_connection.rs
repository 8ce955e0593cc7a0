//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<String>> {
    parent::table.select(parent::name).load(raw)
    //~ right: parent::table.select(parent::name).load(scope)
}

fn main() {}
