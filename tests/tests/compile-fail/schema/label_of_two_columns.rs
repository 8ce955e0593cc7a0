//~ the label "name" is used twice; each column needs its own

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [projects.name as "name", tasks.project_name as "name"],
        //~ right: encrypted = [projects.name as "name", tasks.project_name as "title"],
    }
}

fn main() {}
