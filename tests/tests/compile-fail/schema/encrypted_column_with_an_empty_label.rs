//~ the label is empty

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [projects.name as ""],
        //~ right: encrypted = [projects.name as "projects.name"],
    }
}

fn main() {}
