//~ there is no table `tusks` in the schema file; did you mean `tasks`?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        tenant_columns = [tusks.tenant_id],
        //~ right: tenant_columns = [tasks.tenant_id],
    }
}

fn main() {}
