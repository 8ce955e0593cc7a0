//~ E0308
//~ expected `&mut Scoped<_, _>`, found `&mut AsyncPgConnection`

use shop::*;
use tenancy_diesel::bb8::Lease;
use tenancy_diesel::jobs::{self, EnqueueError, Job};

pub async fn run<T: Job>(
    conn: &mut AsyncPgConnection,
    scope: &mut Scoped<Lease>,
    job: &T,
) -> Result<(), EnqueueError> {
    jobs::enqueue(conn, job).await?;
    //~ right: jobs::enqueue(scope, job).await?;
    Ok(())
}

fn main() {}
