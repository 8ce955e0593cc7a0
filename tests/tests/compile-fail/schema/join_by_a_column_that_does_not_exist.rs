//~ table `tasks` has no column `projekt_id`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        joins = [tasks.projekt_id -> projects],
        //~ right: joins = [tasks.project_id -> projects],
    }
}

fn main() {}
