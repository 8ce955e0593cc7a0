//~ cannot parse `

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/torn.rs",
        //~ right: include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
