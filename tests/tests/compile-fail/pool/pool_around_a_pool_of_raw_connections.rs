//~ E0277
//~ a tenant pool cannot be built around
//~ with the `ConnectionManager` that is beside it

use shop::*;

type Raw = diesel_async::pooled_connection::bb8::Pool<AsyncPgConnection>;
type Ours = tenancy_diesel::bb8::Pool;

pub fn run(raw: Raw, ours: Ours) {
    let _ = TenantPool::builder(raw.clone());
    //~ right: let _ = TenantPool::builder(ours.clone());
    let _ = (raw, ours);
}

fn main() {}
