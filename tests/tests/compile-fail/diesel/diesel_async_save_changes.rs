//~ ?

use shop::*;

pub async fn run(project: &Project, raw: &mut AsyncPgConnection, scope: &mut Scoped<AsyncPgConnection>) -> QueryResult<ProjectRow> {
    diesel_async::SaveChangesDsl::save_changes(project, raw).await
    //~ right: tenancy_diesel::AsyncSaveChangesDsl::save_changes(project, scope).await
}

fn main() {}
