//~ E0277
//~ `bool` is not a tenant id that a column can hold
//~ use `Uuid`, `i32`, `i64`, `String` or a newtype around one with `#[derive(TenantId)]`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/notes.rs",
        tenant = tenant_id: bool,
        //~ right: tenant = tenant_id: i32,
    }
}

fn main() {}
