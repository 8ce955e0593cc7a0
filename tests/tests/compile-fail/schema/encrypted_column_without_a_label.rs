//~ an encrypted column needs a label that never changes: `projects.api_key as "projects.api_key"`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [projects.api_key],
        //~ right: encrypted = [projects.api_key as "projects.api_key"],
    }
}

fn main() {}
