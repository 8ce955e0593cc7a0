//~ ?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        // ..
        //~ right: include = "../schemas/shop.rs",
    }
}

fn main() {}
