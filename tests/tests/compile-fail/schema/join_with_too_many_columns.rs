//~ the key of `projects` has 1 columns without the tenant, but 2 are named

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        joins = [tasks.(project_id, project_name) -> projects],
        //~ right: joins = [tasks.project_id -> projects],
    }
}

fn main() {}
