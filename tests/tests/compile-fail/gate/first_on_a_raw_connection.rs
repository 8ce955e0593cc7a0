//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(raw: &mut PgConnection, scope: &mut Scoped<PgConnection>) -> QueryResult<Project> {
    projects::table.find(1).select(Project::as_select()).first(raw)
    //~ right: projects::table.find(1).select(Project::as_select()).first(scope)
}

fn main() {}
