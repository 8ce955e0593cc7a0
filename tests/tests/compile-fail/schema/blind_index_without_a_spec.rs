//~ name the constant that says how the index is computed

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        blind_indexes = [projects.api_key as "x"],
        //~ right: encrypted = [projects.api_key as "projects.api_key"],
    }
}

fn main() {}
