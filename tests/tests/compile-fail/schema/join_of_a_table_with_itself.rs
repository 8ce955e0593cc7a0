//~ `projects` cannot be joined with itself; declare `aliases = [other = projects]` and join with `.on(..)`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        joins = [projects.parent_id -> projects],
        //~ right: aliases = [parent = projects],
    }
}

fn main() {}
