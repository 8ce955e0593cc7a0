use std::marker::PhantomData;

use diesel::JoinTo;
use diesel::query_dsl::InternalJoinDsl;

use super::ScopedQuery;
use crate::table::{ScopedSource, SharedTable};

impl<L, R, Id> JoinTo<ScopedQuery<R, Id>> for ScopedQuery<L, Id>
where
    L: JoinTo<R>,
{
    type FromClause = <L as JoinTo<R>>::FromClause;
    type OnClause = <L as JoinTo<R>>::OnClause;

    fn join_target(rhs: ScopedQuery<R, Id>) -> (Self::FromClause, Self::OnClause) {
        L::join_target(rhs.inner)
    }
}

/// A shared table on the right joins the scope.
impl<L, T, Id> JoinTo<T> for ScopedQuery<L, Id>
where
    T: SharedTable,
    L: JoinTo<ScopedSource<T>>,
{
    type FromClause = <L as JoinTo<ScopedSource<T>>>::FromClause;
    type OnClause = <L as JoinTo<ScopedSource<T>>>::OnClause;

    fn join_target(rhs: T) -> (Self::FromClause, Self::OnClause) {
        L::join_target(ScopedSource::new(rhs))
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

impl<L, R, On, Id> JoinTo<ScopedOn<R, On, Id>> for ScopedQuery<L, Id> {
    type FromClause = R;
    type OnClause = On;

    fn join_target(rhs: ScopedOn<R, On, Id>) -> (Self::FromClause, Self::OnClause) {
        (rhs.source, rhs.on)
    }
}

/// A shared table with Diesel's own `.on(..)` on the right.
impl<L, T, On, Id> JoinTo<diesel::dsl::On<T, On>> for ScopedQuery<L, Id>
where
    T: SharedTable,
    L: JoinTo<diesel::dsl::On<T, On>, FromClause = T, OnClause = On>,
{
    type FromClause = ScopedSource<T>;
    type OnClause = On;

    fn join_target(rhs: diesel::dsl::On<T, On>) -> (Self::FromClause, Self::OnClause) {
        let (table, on) = L::join_target(rhs);
        (ScopedSource::new(table), on)
    }
}
