//~ name the crate by a path that begins with `::` or `crate`

mod tenancy {
    pub use tenancy_diesel::*;
}

tenancy_diesel::tenant_schema! {
    include = "../schemas/notes.rs",
    tenant = tenant_id: i32,
    crate = self::tenancy,
    //~ right: crate = ::tenancy_diesel,
}

fn main() {}
