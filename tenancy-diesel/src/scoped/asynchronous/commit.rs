use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel_async::{AsyncConnectionCore, AsyncPgConnection};
use futures_core::future::BoxFuture;
use futures_util::TryFutureExt;

/// COMMIT as a statement that is prepared.
///
/// diesel-async holds the lock of its statement cache from before it sends the preparation of a statement
/// until it has the answer, and sends the execution in the same breath. This COMMIT needs that lock too. So
/// polled after a statement that is prepared first it waits in line, and goes out right behind the
/// execution, where a COMMIT as a simple query would overtake it.
#[derive(Debug, Clone, Copy, QueryId)]
struct InLine;

impl QueryFragment<Pg> for InLine {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("COMMIT");
        Ok(())
    }
}

/// A COMMIT that lets a statement go first which was polled before it.
pub(super) fn in_line(mut pg: &AsyncPgConnection) -> BoxFuture<'_, QueryResult<()>> {
    Box::pin(AsyncConnectionCore::execute_returning_count(&mut pg, InLine).map_ok(|_| ()))
}
