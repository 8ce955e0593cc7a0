//~ the tenant column cannot be encrypted

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [projects.tenant_id as "projects.tenant_id"],
        //~ right: encrypted = [projects.api_key as "projects.api_key"],
    }
}

fn main() {}
