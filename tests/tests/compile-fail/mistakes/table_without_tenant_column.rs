//~ table `files` has no column `tenant_id` and is in no class
//~ name it in `tenant_columns = [files.<column>]`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        shared = [countries],
        //~ right: shared = [countries, files],
    }
}

fn main() {}
