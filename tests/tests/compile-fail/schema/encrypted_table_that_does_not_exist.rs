//~ there is no table `project` in the schema file; did you mean `projects`?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [project.api_key as "projects.api_key"],
        //~ right: encrypted = [projects.api_key as "projects.api_key"],
    }
}

fn main() {}
