//~ E0275
//~ required for `&shop::Project` to implement `IntoUpdateTarget`

use shop::*;

pub fn run(
    project: &Project,
    raw: &mut PgConnection,
    scope: &mut Scoped<PgConnection>,
) -> QueryResult<Project> {
    diesel::SaveChangesDsl::save_changes(project, raw)
    //~ right: project.save_changes(scope)
}

fn main() {}
