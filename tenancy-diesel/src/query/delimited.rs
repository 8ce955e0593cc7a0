use diesel::expression::ValidGrouping;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{AppearsOnTable, Expression, QueryResult, SelectableExpression};

/// A user's predicate, in parentheses unless Diesel has put them there already.
///
/// UPDATE and DELETE get the tenant predicate AND-ed to the user's. Diesel parenthesises its own
/// operators, but a `sql("a OR b")` renders bare, and `a OR b AND tenant` would let `a` win.
#[derive(Debug, Clone, Copy)]
pub struct Delimited<P>(pub(crate) P);

impl<P> Delimited<P> {
    /// Diesel's `Grouped` renders its own parentheses. A wrong answer here can only be a missed
    /// `Grouped`, which costs a second pair.
    fn is_grouped() -> bool {
        std::any::type_name::<P>().starts_with("diesel::expression::grouped::Grouped<")
    }
}

impl<P: QueryId> QueryId for Delimited<P> {
    type QueryId = Delimited<P::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = P::HAS_STATIC_QUERY_ID;
    const IS_WINDOW_FUNCTION: bool = P::IS_WINDOW_FUNCTION;
}

impl<P: Expression> Expression for Delimited<P> {
    type SqlType = P::SqlType;
}

impl<P: QueryFragment<Pg>> QueryFragment<Pg> for Delimited<P> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if Self::is_grouped() {
            return self.0.walk_ast(pass);
        }
        pass.push_sql("(");
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}

impl<P, QS: ?Sized> AppearsOnTable<QS> for Delimited<P>
where
    P: AppearsOnTable<QS>,
    Delimited<P>: Expression,
{
}

impl<P, QS: ?Sized> SelectableExpression<QS> for Delimited<P>
where
    P: SelectableExpression<QS>,
    Delimited<P>: AppearsOnTable<QS>,
{
}

impl<P: ValidGrouping<G>, G> ValidGrouping<G> for Delimited<P> {
    type IsAggregate = P::IsAggregate;
}
