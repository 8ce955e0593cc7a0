//~ table `flags` has no column besides the tenant; it cannot be scoped, so name it in `excluded`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/lonely.rs",
        tenant = tenant_id: i32,
        // ..
        //~ right: excluded = [flags: "it has no columns"],
    }
}

fn main() {}
