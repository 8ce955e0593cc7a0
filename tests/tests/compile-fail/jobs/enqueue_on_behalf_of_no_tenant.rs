//~ E0308
//~ expected `&mut Scoped<_, _>`, found `&mut SharedConn<

use shop::*;
use tenancy_diesel::bb8::Lease;
use tenancy_diesel::jobs::{self, EnqueueError, Job};
use tenancy_diesel::pool::SharedConn;

pub async fn run<T: Job>(
    conn: &mut SharedConn<Lease, OrgId>,
    scope: &mut Scoped<Lease>,
    job: &T,
) -> Result<(), EnqueueError> {
    jobs::enqueue(conn, job).await?;
    //~ right: jobs::enqueue(scope, job).await?;
    Ok(())
}

fn main() {}
