//~ E0308
//~ expected `&mut Scoped<_, OrgId>`, found `&mut PgConnection`

use shop::*;
use tenancy_diesel::prelude::*;

pub fn all(raw: &mut PgConnection, conn: &mut Scoped<PgConnection>) -> QueryResult<Vec<Project>> {
    projects::table.select(Project::as_select()).load(raw)
    //~ right: projects::table.select(Project::as_select()).load(conn)
}

fn main() {}
