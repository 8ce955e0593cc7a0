//~ `name` is not the primary key of `organisations`; a root's key is the tenant

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(name)],
        //~ right: root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
    }
}

fn main() {}
