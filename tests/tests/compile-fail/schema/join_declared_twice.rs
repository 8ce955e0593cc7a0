//~ `tasks` and `projects` are joinable already; further joins use `.on(..)`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        joins = [tasks.project_id -> projects, tasks.id -> projects],
        //~ right: joins = [tasks.project_id -> projects],
    }
}

fn main() {}
