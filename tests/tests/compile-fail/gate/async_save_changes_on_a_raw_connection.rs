//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut AsyncPgConnection`

use shop::*;
use tenancy_diesel::asynchronous::ScopedSaveChangesDsl;

pub async fn run(
    project: &Project,
    raw: &mut AsyncPgConnection,
    scope: &mut Scoped<AsyncPgConnection>,
) -> QueryResult<Project> {
    project.save_changes(raw).await
    //~ right: project.save_changes(scope).await
}

fn main() {}
