//~ a blind index is `bytea`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        blind_indexes = [projects.name as "x": super::SPEC],
        //~ right: encrypted = [projects.api_key as "projects.api_key"],
    }
}

fn main() {}
