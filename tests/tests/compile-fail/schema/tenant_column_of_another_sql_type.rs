//~ E0308
//~ tenant_id -> Int4
//~ expected `Text`, found `Integer`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/notes.rs",
        tenant = tenant_id: String,
        //~ right: tenant = tenant_id: i32,
    }
}

fn main() {}
