//~ E0308
//~ expected `&mut Scoped<_, _>`, found `&mut PgConnection`

use shop::*;
use tenancy_diesel::jobs::{self, EnqueueError, Job};

pub fn run<T: Job>(
    conn: &mut PgConnection,
    scope: &mut Scoped<PgConnection>,
    job: &T,
) -> Result<(), EnqueueError> {
    jobs::enqueue_blocking(conn, job)?;
    //~ right: jobs::enqueue_blocking(scope, job)?;
    Ok(())
}

fn main() {}
