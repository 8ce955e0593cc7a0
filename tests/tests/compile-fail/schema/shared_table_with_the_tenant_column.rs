//~ is listed as shared but has the tenant column `tenant_id`
//~ name it in `excluded = [tasks: "<reason>"]`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries, tasks],
        //~ right: shared = [countries],
    }
}

fn main() {}
