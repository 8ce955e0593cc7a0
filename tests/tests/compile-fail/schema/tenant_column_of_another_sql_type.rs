//~ ?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/composite.rs",
        tenant = tenant_id: String,
        //~ right: tenant = tenant_id: i32,
        excluded = [lines: "their orders have two key columns"],
    }
}

fn main() {}
