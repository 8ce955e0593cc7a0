use std::marker::PhantomData;

use diesel::JoinTo;
use diesel::query_dsl::InternalJoinDsl;

use super::ScopedQuery;
use crate::table::{ScopedSource, SharedTable};

// The only impl of `JoinTo`, so that the compiler names the bound below and not Diesel's `joinable!`.
impl<L, R, Id> JoinTo<R> for ScopedQuery<L, Id>
where
    R: JoinedTo<L, Id>,
{
    type FromClause = R::FromClause;
    type OnClause = R::OnClause;

    fn join_target(rhs: R) -> (Self::FromClause, Self::OnClause) {
        rhs.target()
    }
}

/// What can stand right of a join with the query `L`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "no join of these tables is declared",
    label = "this is not joined to what stands left of it",
    note = "`print-schema` leaves out foreign keys of several columns, such as those with the tenant: \
            declare the join in `tenant_schema!`, `joins = [child.column -> parent]`, or give its \
            condition with `.on(..)`",
    note = "a scoped table joins tables of its own `tenant_schema!` only"
)]
pub trait JoinedTo<L, Id> {
    type FromClause;
    type OnClause;

    fn target(self) -> (Self::FromClause, Self::OnClause);
}

#[diagnostic::do_not_recommend]
impl<L, R, Id> JoinedTo<L, Id> for ScopedQuery<R, Id>
where
    L: JoinTo<R>,
{
    type FromClause = <L as JoinTo<R>>::FromClause;
    type OnClause = <L as JoinTo<R>>::OnClause;

    fn target(self) -> (Self::FromClause, Self::OnClause) {
        L::join_target(self.inner)
    }
}

/// A shared table on the right joins the scope.
#[diagnostic::do_not_recommend]
impl<L, T, Id> JoinedTo<L, Id> for T
where
    T: SharedTable,
    L: JoinTo<ScopedSource<T>>,
{
    type FromClause = <L as JoinTo<ScopedSource<T>>>::FromClause;
    type OnClause = <L as JoinTo<ScopedSource<T>>>::OnClause;

    fn target(self) -> (Self::FromClause, Self::OnClause) {
        L::join_target(ScopedSource::new(self))
    }
}

#[diagnostic::do_not_recommend]
impl<L, R, On, Id> JoinedTo<L, Id> for ScopedOn<R, On, Id> {
    type FromClause = R;
    type OnClause = On;

    fn target(self) -> (R, On) {
        (self.source, self.on)
    }
}

/// A shared table with Diesel's own `.on(..)` on the right.
#[diagnostic::do_not_recommend]
impl<L, T, On, Id> JoinedTo<L, Id> for diesel::dsl::On<T, On>
where
    T: SharedTable,
    L: JoinTo<diesel::dsl::On<T, On>, FromClause = T, OnClause = On>,
{
    type FromClause = ScopedSource<T>;
    type OnClause = On;

    fn target(self) -> (Self::FromClause, Self::OnClause) {
        let (table, on) = L::join_target(self);
        (ScopedSource::new(table), on)
    }
}

impl<Q, Id, R, Kind, On> InternalJoinDsl<R, Kind, On> for ScopedQuery<Q, Id>
where
    Q: InternalJoinDsl<R, Kind, On>,
{
    type Output = ScopedQuery<<Q as InternalJoinDsl<R, Kind, On>>::Output, Id>;

    fn join(self, rhs: R, kind: Kind, on: On) -> Self::Output {
        self.map(|q| q.join(rhs, kind, on))
    }
}

/// The right side of a join with its ON clause, from [`ScopedOnDsl::on`].
#[derive(Debug)]
pub struct ScopedOn<R, On, Id> {
    source: R,
    on: On,
    tenant: PhantomData<fn() -> Id>,
}

/// `.on(..)` for scoped tables, as Diesel's `JoinOnDsl` has it for its own.
pub trait ScopedOnDsl: Sized {
    /// What is joined.
    type Source;
    /// The tenant id it is scoped by.
    type Tenant;

    /// Joins on this condition instead of the one that `joinable!` or `joins = [..]` declares.
    fn on<On>(self, on: On) -> ScopedOn<Self::Source, On, Self::Tenant>;
}

impl<Q, Id> ScopedOnDsl for ScopedQuery<Q, Id> {
    type Source = Q;
    type Tenant = Id;

    fn on<On>(self, on: On) -> ScopedOn<Q, On, Id> {
        ScopedOn {
            source: self.inner,
            on,
            tenant: PhantomData,
        }
    }
}
