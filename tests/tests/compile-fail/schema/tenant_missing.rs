//~ name the tenant column and the type of tenant id: `tenant = tenant_id: OrgId`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        // ..
        //~ right: tenant = tenant_id: i32,
    }
}

fn main() {}
