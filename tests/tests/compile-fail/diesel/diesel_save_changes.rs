//~ E0277
//~ Diesel's own function does not take a scoped table, query or model
//~ `tenancy_diesel::prelude` has `insert_into`, `update`, `delete`, `save_changes`

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
