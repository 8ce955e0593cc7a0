//~ is not what `diesel print-schema` writes

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/table_of_the_crate.rs",
        //~ right: include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
