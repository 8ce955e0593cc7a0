//~ there is no table `file` in the schema file; did you mean `files`?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [file.project_id -> projects],
        //~ right: via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
