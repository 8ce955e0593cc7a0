//~ table `countries` has no tenant whose key could encrypt `label`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        encrypted = [countries.label as "countries.label"],
        //~ right: encrypted = [projects.api_key as "projects.api_key"],
    }
}

fn main() {}
