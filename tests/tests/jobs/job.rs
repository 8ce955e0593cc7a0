//! The job of most tests.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use scoped_futures::{ScopedBoxFuture, ScopedFutureExt};
use serde::{Deserialize, Serialize};
use tenancy_diesel::bb8::Lease;
use tenancy_diesel::insert_into;
use tenancy_diesel::jobs::{Builder, Delivery, Failure, Job, Worker};
use tenancy_tests::schema;
use tenancy_tests::schema::comments;

pub(crate) type Conn = schema::Scoped<Lease>;
pub(crate) type Done<'r> = ScopedBoxFuture<'static, 'r, Result<(), Failure>>;
pub(crate) type ShopWorker = Worker<schema::TenantPool>;
pub(crate) type ShopBuilder = Builder<schema::TenantPool>;

/// Writes a comment: what a test finds tells who wrote it for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Comment {
    pub(crate) id: i32,
    pub(crate) body: String,
}

impl Job for Comment {
    const KIND: &'static str = "comment";
}

impl Comment {
    pub(crate) fn new(id: i32, body: &str) -> Self {
        Comment {
            id,
            body: body.to_owned(),
        }
    }

    pub(crate) async fn write(&self, conn: &mut Conn) -> QueryResult<()> {
        insert_into(comments::table)
            .values((
                comments::id.eq(self.id),
                comments::task_id.eq(1),
                comments::body.eq(&self.body),
            ))
            .execute(conn)
            .await?;
        Ok(())
    }
}

/// The handler of most tests.
pub(crate) fn write_comment(job: Delivery<Comment>, conn: &mut Conn) -> Done<'_> {
    async move {
        job.write(conn).await?;
        Ok(())
    }
    .scope_boxed()
}
