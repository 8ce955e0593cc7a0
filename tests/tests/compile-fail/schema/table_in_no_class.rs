//~ table `countries` has no column `tenant_id` and is in no class
//~ name it in `tenant_columns = [countries.<column>]`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [],
        //~ right: shared = [countries],
    }
}

fn main() {}
