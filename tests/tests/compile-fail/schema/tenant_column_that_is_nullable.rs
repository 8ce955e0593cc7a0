//~ E0308
//~ tenant_id -> Nullable<Int4>
//~ expected `Integer`, found `Nullable<Integer>`

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/nullable.rs",
        tenant = tenant_id: i32,
        // ..
        //~ right: excluded = [events: "some rows have no tenant yet"],
    }
}

fn main() {}
