//~ the label "key" is used twice; each column needs its own

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [projects.api_key as "key", tasks.token as "key"],
        //~ right: encrypted = [projects.api_key as "key", tasks.token as "token"],
    }
}

fn main() {}
