//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<ProjectRow>> {
    projects::table.tablesample_system(10).load(raw)
    //~ right: projects::table.tablesample_system(10).load(scope)
}

fn main() {}
