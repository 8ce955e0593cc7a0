//~ `countries` has no tenant, so it cannot own the rows of `files`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> countries],
        //~ right: via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
