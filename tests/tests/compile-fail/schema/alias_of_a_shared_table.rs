//~ `countries` is a plain Diesel table; declare its alias with `diesel::alias!`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/shop.rs",
        tenant = tenant_id: i32,
        root = [organisations(id)],
        via = [files.project_id -> projects],
        shared = [countries],
        aliases = [home = countries],
        //~ right: aliases = [home = projects],
    }
}

fn main() {}
