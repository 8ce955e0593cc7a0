//~ there is no table `organizations` in the schema file; did you mean `organisations`?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organizations(id)],
        //~ right: root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
