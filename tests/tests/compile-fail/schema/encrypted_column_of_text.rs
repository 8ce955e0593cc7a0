//~ an encrypted column is `bytea`, or the domain `tenancy_encrypted`; `projects.name` is `Text`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [projects.name as "projects.name"],
        //~ right: encrypted = [projects.api_key as "projects.api_key"],
    }
}

fn main() {}
