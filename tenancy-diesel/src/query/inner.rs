use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};

/// The query inside of a [`ScopedQuery`](crate::ScopedQuery), for
/// [`wrap`](crate::ScopedQuery::wrap).
///
/// It renders, and it has the SQL type of its rows. It is no target of `diesel::update` or
/// `diesel::delete`, which would build statements without the tenant's predicate, and it cannot be
/// opened.
#[derive(Debug, Clone, Copy)]
pub struct Inner<Q>(pub(super) Q);

impl<Q: AsQuery> Query for Inner<Q> {
    type SqlType = Q::SqlType;
}

impl<Q: QueryId> QueryId for Inner<Q> {
    type QueryId = Inner<Q::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Q::HAS_STATIC_QUERY_ID;
    const IS_WINDOW_FUNCTION: bool = Q::IS_WINDOW_FUNCTION;
}

impl<Q: QueryFragment<Pg>> QueryFragment<Pg> for Inner<Q> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}
