//! What the helper types of [`dsl`](crate::dsl) yield for writes.

use diesel::Insertable;
use diesel::query_builder::AsChangeset;

use super::upsert::{DoUpdate, IncompleteDoUpdate};
use super::{
    Delete, FillTenant, IncompleteInsert, Insert, NoReturning, SetNotCalled, TargetRows, Update,
};
use crate::query::{Returning, ScopedQuery};
use crate::table::ScopeTable;

/// What `.values(..)` yields.
#[doc(hidden)]
pub trait ValuesDsl<V> {
    type Output;
}

impl<T, V> ValuesDsl<V> for IncompleteInsert<T>
where
    T: ScopeTable,
    V: Insertable<T>,
    V::Values: FillTenant<T>,
{
    type Output = ScopedQuery<Insert<T, <V::Values as FillTenant<T>>::Rows>, T::Tenant>;
}

/// What `.set(..)` yields.
#[doc(hidden)]
pub trait SetDsl<Changes> {
    type Output;
}

impl<S, Id, Changes> SetDsl<Changes> for ScopedQuery<Update<S, SetNotCalled>, Id>
where
    S: TargetRows,
    Changes: AsChangeset,
{
    type Output = ScopedQuery<Update<S, Changes::Changeset>, Id>;
}

impl<T, V, Target, Id, Changes> SetDsl<Changes> for IncompleteDoUpdate<T, V, Target, Id>
where
    Changes: AsChangeset,
{
    type Output = ScopedQuery<Insert<T, V, DoUpdate<T, Target, Changes::Changeset>>, Id>;
}

/// What `.returning(..)` yields.
#[doc(hidden)]
pub trait ReturningDsl<E> {
    type Output;
}

impl<T, V, C, Id, E> ReturningDsl<E> for ScopedQuery<Insert<T, V, C, NoReturning>, Id> {
    type Output = ScopedQuery<Insert<T, V, C, Returning<E>>, Id>;
}

impl<S, V, Id, E> ReturningDsl<E> for ScopedQuery<Update<S, V, NoReturning>, Id> {
    type Output = ScopedQuery<Update<S, V, Returning<E>>, Id>;
}

impl<S, Id, E> ReturningDsl<E> for ScopedQuery<Delete<S, NoReturning>, Id> {
    type Output = ScopedQuery<Delete<S, Returning<E>>, Id>;
}
