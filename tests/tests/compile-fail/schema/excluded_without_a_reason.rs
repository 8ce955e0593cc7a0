//~ an excluded table needs a reason: `tasks: "why, and until when"`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        excluded = [tasks],
        //~ right: excluded = [tasks: "moves in Q3"],
    }
}

fn main() {}
