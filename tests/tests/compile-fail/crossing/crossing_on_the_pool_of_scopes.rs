//~ E0277
//~ tenants cannot be crossed on the connections of
//~ the application's own `TenantPool`

use shop::*;
use tenancy_diesel::crossing::CrossTenantPool;

type Plain = diesel_async::pooled_connection::bb8::Pool<AsyncPgConnection>;

pub fn run(tenants: TenantPool, reading: Plain, recording: Plain) {
    let _builder = CrossTenantPool::builder(tenants.clone(), tenants);
    //~ right: let _builder = CrossTenantPool::builder(reading, recording);
}

fn main() {}
