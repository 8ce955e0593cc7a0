//~ add the type of tenant id: `tenant = tenant_id: OrgId`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id,
        //~ right: tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
