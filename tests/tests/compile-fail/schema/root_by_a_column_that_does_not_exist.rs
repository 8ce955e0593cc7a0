//~ table `organisations` has no column `key`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(key)],
        //~ right: root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
