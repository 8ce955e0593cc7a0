//~ name the file that `diesel print-schema` writes: `include = "schema/generated.rs"`

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
