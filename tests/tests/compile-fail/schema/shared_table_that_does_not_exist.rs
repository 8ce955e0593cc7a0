//~ there is no table `countrys` in the schema file; did you mean `countries`?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countrys],
        //~ right: shared = [countries],
    }
}

fn main() {}
