//~ ?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/notes.rs",
        tenant = tenant_id: bool,
        //~ right: tenant = tenant_id: i32,
    }
}

fn main() {}
