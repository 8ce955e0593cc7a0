//~ unknown setting `share`; the settings are `include`, `tenant`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        share = [countries],
        //~ right: shared = [countries],
    }
}

fn main() {}
