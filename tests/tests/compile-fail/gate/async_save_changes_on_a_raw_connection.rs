//~ ?

use shop::*;
use tenancy_diesel::AsyncSaveChangesDsl;

pub async fn run(
    project: &Project,
    raw: &mut AsyncPgConnection,
    scope: &mut Scoped<AsyncPgConnection>,
) -> QueryResult<ProjectRow> {
    project.save_changes(raw).await
    //~ right: project.save_changes(scope).await
}

fn main() {}
