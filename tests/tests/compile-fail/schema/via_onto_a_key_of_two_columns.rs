//~ the key of `orders` has 2 columns besides the tenant; a `via` table points to one

pub mod schema {
    tenancy_diesel::tenant_schema! {
        include = "../schemas/composite.rs",
        tenant = tenant_id: i32,
        via = [lines.order_id -> orders],
        //~ right: excluded = [lines: "their orders have two key columns"],
    }
}

fn main() {}
