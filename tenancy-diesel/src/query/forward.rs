//! Diesel's query methods, each forwarded to the query inside and wrapped again.

use diesel::Expression;
use diesel::query_dsl::QueryDsl;
use diesel::query_dsl::methods::{
    BoxedDsl, DistinctDsl, DistinctOnDsl, FilterDsl, FindDsl, GroupByDsl, HavingDsl, LimitDsl,
    LockingDsl, ModifyLockDsl, OffsetDsl, OrFilterDsl, OrderDsl, SelectDsl, SelectNullableDsl,
    ThenOrderDsl,
};
use diesel::query_dsl::positional_order_dsl::{IntoPositionalOrderExpr, PositionalOrderDsl};

use super::{Delimited, ScopedQuery};

impl<Q, Id> QueryDsl for ScopedQuery<Q, Id> {}

/// `unary!(Dsl::method)` forwards a method of one argument, `unary!(Dsl::method: Bound)` one whose
/// argument Diesel's trait bounds.
macro_rules! unary {
    ($dsl:ident::$method:ident $(: $bound:ident)?) => {
        impl<Q, Id, A $(: $bound)?> $dsl<A> for ScopedQuery<Q, Id>
        where
            Q: $dsl<A>,
        {
            type Output = ScopedQuery<<Q as $dsl<A>>::Output, Id>;

            fn $method(self, argument: A) -> Self::Output {
                self.map(|q| $dsl::$method(q, argument))
            }
        }
    };
}

unary!(SelectDsl::select: Expression);
unary!(FindDsl::find);
unary!(OrderDsl::order: Expression);
unary!(ThenOrderDsl::then_order_by: Expression);
unary!(GroupByDsl::group_by: Expression);
unary!(HavingDsl::having);
unary!(LockingDsl::with_lock);
unary!(ModifyLockDsl::modify_lock);
unary!(DistinctOnDsl::distinct_on);

/// Forwards a method whose predicate must keep to itself, see [`Delimited`].
macro_rules! predicate {
    ($dsl:ident::$method:ident) => {
        impl<Q, Id, P> $dsl<P> for ScopedQuery<Q, Id>
        where
            Q: $dsl<Delimited<P>>,
        {
            type Output = ScopedQuery<<Q as $dsl<Delimited<P>>>::Output, Id>;

            fn $method(self, predicate: P) -> Self::Output {
                self.map(|q| $dsl::$method(q, Delimited(predicate)))
            }
        }
    };
}

predicate!(FilterDsl::filter);
predicate!(OrFilterDsl::or_filter);

macro_rules! number {
    ($dsl:ident::$method:ident) => {
        impl<Q: $dsl, Id> $dsl for ScopedQuery<Q, Id> {
            type Output = ScopedQuery<<Q as $dsl>::Output, Id>;

            fn $method(self, rows: i64) -> Self::Output {
                self.map(|q| $dsl::$method(q, rows))
            }
        }
    };
}

number!(LimitDsl::limit);
number!(OffsetDsl::offset);

macro_rules! nullary {
    ($dsl:ident::$method:ident) => {
        impl<Q: $dsl, Id> $dsl for ScopedQuery<Q, Id> {
            type Output = ScopedQuery<<Q as $dsl>::Output, Id>;

            fn $method(self) -> Self::Output {
                self.map($dsl::$method)
            }
        }
    };
}

nullary!(DistinctDsl::distinct);
nullary!(SelectNullableDsl::nullable);

/// `ORDER BY 1`, for set operations.
impl<Q, Id, E> PositionalOrderDsl<E> for ScopedQuery<Q, Id>
where
    E: IntoPositionalOrderExpr,
    Q: PositionalOrderDsl<E>,
{
    type Output = ScopedQuery<<Q as PositionalOrderDsl<E>>::Output, Id>;

    fn positional_order_by(self, position: E) -> Self::Output {
        self.map(|q| q.positional_order_by(position))
    }
}

impl<'a, Q, Id, DB> BoxedDsl<'a, DB> for ScopedQuery<Q, Id>
where
    Q: BoxedDsl<'a, DB>,
{
    type Output = ScopedQuery<<Q as BoxedDsl<'a, DB>>::Output, Id>;

    fn internal_into_boxed(self) -> Self::Output {
        self.map(BoxedDsl::internal_into_boxed)
    }
}
