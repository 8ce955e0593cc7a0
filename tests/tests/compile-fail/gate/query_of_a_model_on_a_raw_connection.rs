//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Vec<Project>> {
    Project::query().load(raw)
    //~ right: Project::query().load(scope)
}

fn main() {}
