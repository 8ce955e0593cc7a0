use diesel::expression::MixedAggregates;
use diesel::expression::ValidGrouping;
use diesel::expression::is_aggregate;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::{Expression, QueryResult, SelectableExpression};

/// What can be executed for a count of rows.
#[doc(hidden)]
pub trait ExecuteStatement {
    type Statement: QueryFragment<Pg> + QueryId;
    fn into_execute(self) -> Self::Statement;
}

/// What can be executed for rows.
#[doc(hidden)]
pub trait LoadStatement {
    type Statement: Query;
    /// Whether the rows come from a write. They are then handed out only after COMMIT.
    const WRITES: bool;
    fn into_load(self) -> Self::Statement;
}

impl<Q: QueryFragment<Pg> + QueryId> ExecuteStatement for Q {
    type Statement = Q;

    fn into_execute(self) -> Q {
        self
    }
}

impl<Q: AsQuery> LoadStatement for Q {
    type Statement = Q::Query;
    const WRITES: bool = false;

    fn into_load(self) -> Q::Query {
        self.as_query()
    }
}

/// A write that is ready to be rendered.
///
/// The builders in [`write`](crate::write) are no `QueryFragment`: this is what they become when a
/// scope takes them.
#[derive(Debug, Clone, Copy)]
pub struct Rendered<S, R> {
    pub(crate) statement: S,
    pub(crate) returning: R,
}

/// A RETURNING clause.
#[derive(Debug, Clone, Copy)]
pub struct Returning<E>(pub(crate) E);

impl<S, R> QueryFragment<Pg> for Rendered<S, R>
where
    S: QueryFragment<Pg>,
    R: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.statement.walk_ast(pass.reborrow())?;
        self.returning.walk_ast(pass)
    }
}

impl<E: QueryFragment<Pg>> QueryFragment<Pg> for Returning<E> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql(" RETURNING ");
        self.0.walk_ast(pass)
    }
}

impl<S: QueryId, R: QueryId> QueryId for Rendered<S, R> {
    type QueryId = Rendered<S::QueryId, R::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID && R::HAS_STATIC_QUERY_ID;
}

impl<E: QueryId> QueryId for Returning<E> {
    type QueryId = Returning<E::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = E::HAS_STATIC_QUERY_ID;
}

impl<S: WritesTo, E> Query for Rendered<S, Returning<E>>
where
    E: Expression + SelectableExpression<S::Table> + ValidGrouping<()>,
    E::IsAggregate: MixedAggregates<is_aggregate::No, Output = is_aggregate::No>,
{
    type SqlType = E::SqlType;
}

/// The table that a write changes, whose columns a RETURNING clause may name.
#[doc(hidden)]
pub trait WritesTo {
    type Table;
}
