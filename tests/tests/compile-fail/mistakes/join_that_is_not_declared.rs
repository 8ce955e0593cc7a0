//~ E0277
//~ no join of these tables is declared
//~ `joins = [child.column -> parent]`

use shop::*;
use tenancy_diesel::prelude::*;

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        joins = [],
        //~ right: joins = [tasks.project_id -> projects],
    }
}

pub fn titles(conn: &mut schema::Scoped<PgConnection>) -> QueryResult<Vec<(String, String)>> {
    use self::schema::{projects, tasks};
    tasks::table
        .inner_join(projects::table)
        .select((tasks::project_name, projects::name))
        .load(conn)
}

fn main() {}
