//~ there is no table `task` in the schema file; did you mean `tasks`?

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        excluded = [task: "moves in Q3"],
        //~ right: excluded = [tasks: "moves in Q3"],
    }
}

fn main() {}
