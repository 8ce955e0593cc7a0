//~ there is a table or alias `tasks` already

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        aliases = [tasks = projects],
        //~ right: aliases = [parent = projects],
    }
}

fn main() {}
