//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;

pub fn run(
    project: &Project,
    raw: &mut PgConnection,
    scope: &mut Scoped<PgConnection>,
) -> QueryResult<Project> {
    project.save_changes(raw)
    //~ right: project.save_changes(scope)
}

fn main() {}
