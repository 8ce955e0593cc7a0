use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, IntoUpdateTarget, QueryFragment, QueryId};
use diesel::query_dsl::methods::{FilterDsl, OrFilterDsl};
use diesel::result::Error;
use diesel::sql_types::BoolOrNullableBool;
use diesel::{AppearsOnTable, Expression, QueryResult};

use crate::table::StandsFor;

/// Says which rows of a table a write touches.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say which rows of one table to write",
    note = "only tables or select statements with only the filter clause applied are valid update targets"
)]
pub trait TargetRows {
    /// The table.
    type Table;
    /// The WHERE clause, or nothing.
    type Filter;

    fn into_filter(self) -> Self::Filter;
}

#[diagnostic::do_not_recommend]
impl<S> TargetRows for S
where
    S: IntoUpdateTarget<Table: StandsFor>,
{
    type Table = <S::Table as StandsFor>::Table;
    type Filter = S::WhereClause;

    fn into_filter(self) -> S::WhereClause {
        self.into_update_target().where_clause
    }
}

type BoxedFragment<'a> = Box<dyn QueryFragment<Pg> + Send + 'a>;

/// The rows of a boxed UPDATE or DELETE: its filter is built step by step at run time.
#[allow(missing_debug_implementations, reason = "the parts are trait objects")]
pub struct BoxedRows<'a, T> {
    filter: BoxedFilter<'a>,
    table: PhantomData<T>,
}

impl<'a, T> BoxedRows<'a, T> {
    /// Begins with the WHERE clause that the statement has already.
    pub(super) fn new<S>(rows: S) -> Self
    where
        S: TargetRows<Table = T>,
        S::Filter: QueryFragment<Pg> + Send + 'a,
    {
        let clause = rows.into_filter();
        // An error shows again when the statement is rendered.
        let is_empty = clause.is_noop(&Pg).unwrap_or(false);
        BoxedRows {
            filter: BoxedFilter {
                clause: (!is_empty).then(|| Box::new(clause) as BoxedFragment<'a>),
                predicate: None,
                or_after_clause: false,
            },
            table: PhantomData,
        }
    }
}

impl<'a, T> TargetRows for BoxedRows<'a, T> {
    type Table = T;
    type Filter = BoxedFilter<'a>;

    fn into_filter(self) -> BoxedFilter<'a> {
        self.filter
    }
}

impl<'a, T, P> FilterDsl<P> for BoxedRows<'a, T>
where
    P: Expression + AppearsOnTable<T> + QueryFragment<Pg> + Send + 'a,
    P::SqlType: BoolOrNullableBool,
{
    type Output = Self;

    fn filter(mut self, predicate: P) -> Self {
        self.filter.join(" AND ", predicate);
        self
    }
}

impl<'a, T, P> OrFilterDsl<P> for BoxedRows<'a, T>
where
    P: Expression + AppearsOnTable<T> + QueryFragment<Pg> + Send + 'a,
    P::SqlType: BoolOrNullableBool,
{
    type Output = Self;

    fn or_filter(mut self, predicate: P) -> Self {
        self.filter.or_after_clause |= self.filter.clause.is_some();
        self.filter.join(" OR ", predicate);
        self
    }
}

/// The WHERE clause of a boxed write.
#[doc(hidden)]
#[allow(missing_debug_implementations, reason = "the parts are trait objects")]
pub struct BoxedFilter<'a> {
    /// `WHERE ..`, from before the statement was boxed.
    clause: Option<BoxedFragment<'a>>,
    /// What was added since.
    predicate: Option<BoxedFragment<'a>>,
    /// An OR would have to reach into `clause`, which cannot be opened.
    or_after_clause: bool,
}

impl<'a> BoxedFilter<'a> {
    fn join<P>(&mut self, operator: &'static str, predicate: P)
    where
        P: QueryFragment<Pg> + Send + 'a,
    {
        self.predicate = Some(match self.predicate.take() {
            None => Box::new(predicate),
            Some(left) => Box::new(Joined::new(left, operator, predicate)),
        });
    }
}

impl QueryId for BoxedFilter<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl QueryFragment<Pg> for BoxedFilter<'_> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.or_after_clause {
            return Err(Error::QueryBuilderError(
                "`or_filter` on a boxed statement that was filtered before it was boxed; call \
                 `into_boxed` first"
                    .into(),
            ));
        }
        match (&self.clause, &self.predicate) {
            (None, None) => Ok(()),
            (Some(clause), None) => clause.walk_ast(pass),
            (None, Some(predicate)) => {
                pass.push_sql(" WHERE ");
                predicate.walk_ast(pass)
            }
            (Some(clause), Some(predicate)) => {
                clause.walk_ast(pass.reborrow())?;
                pass.push_sql(" AND ");
                predicate.walk_ast(pass)
            }
        }
    }
}

/// Two predicates that are one.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Joined<L, R> {
    left: L,
    operator: &'static str,
    right: R,
}

impl<L, R> Joined<L, R> {
    pub(super) fn new(left: L, operator: &'static str, right: R) -> Self {
        Joined {
            left,
            operator,
            right,
        }
    }
}

impl<L, R> QueryFragment<Pg> for Joined<L, R>
where
    L: QueryFragment<Pg>,
    R: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("(");
        self.left.walk_ast(pass.reborrow())?;
        pass.push_sql(self.operator);
        self.right.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}
