//~ table `tasks` has no column `customer`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        tenant_columns = [tasks.customer],
        //~ right: tenant_columns = [tasks.tenant_id],
    }
}

fn main() {}
