//~ table `tasks` has the tenant column `tenant_id`; remove it from `via`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects, tasks.project_id -> projects],
        //~ right: via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
