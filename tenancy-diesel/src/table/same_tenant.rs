use std::marker::PhantomData;

use diesel::expression::ValidGrouping;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::{AppearsOnTable, Expression, QueryResult, SelectableExpression};

use super::{Owner, ScopeTable};
use crate::ambient;

/// The condition of a declared join of `S` and `T`.
///
/// Keys are unique within a tenant, and the foreign key has the tenant in it. In a scope each side has the
/// rows of one tenant, so the rest of the key says it all. Across tenants it would join the rows of one
/// with those of another that have the same number, so there the tenant is compared as well.
#[doc(hidden)]
#[derive(Debug)]
pub struct SameTenant<On, S, T>(On, PhantomData<fn() -> (S, T)>);

impl<On, S, T> SameTenant<On, S, T> {
    pub(super) const fn new(on: On) -> Self {
        SameTenant(on, PhantomData)
    }
}

impl<On: Clone, S, T> Clone for SameTenant<On, S, T> {
    fn clone(&self) -> Self {
        SameTenant::new(self.0.clone())
    }
}

impl<On: Copy, S, T> Copy for SameTenant<On, S, T> {}

impl<On: QueryId, S: 'static, T: 'static> QueryId for SameTenant<On, S, T> {
    type QueryId = SameTenant<On::QueryId, S, T>;
    const HAS_STATIC_QUERY_ID: bool = On::HAS_STATIC_QUERY_ID;
}

impl<On: Expression, S, T> Expression for SameTenant<On, S, T> {
    type SqlType = On::SqlType;
}

impl<On, S, T> QueryFragment<Pg> for SameTenant<On, S, T>
where
    On: QueryFragment<Pg>,
    S: ScopeTable,
    T: ScopeTable,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        let (left, right) = (&S::RELATION, &T::RELATION);
        // Keys of owners of `via` tables are unique among all tenants, and shared rows are everybody's.
        if let (Owner::Column(of_left), Owner::Column(of_right)) = (&left.owner, &right.owner)
            && ambient::is_every_tenant()
        {
            pass.push_sql(" AND ");
            pass.push_identifier(left.alias)?;
            pass.push_sql(".");
            pass.push_identifier(of_left)?;
            pass.push_sql(" = ");
            pass.push_identifier(right.alias)?;
            pass.push_sql(".");
            pass.push_identifier(of_right)?;
        }
        Ok(())
    }
}

impl<On, S, T, QS: ?Sized> AppearsOnTable<QS> for SameTenant<On, S, T> where On: AppearsOnTable<QS> {}

impl<On, S, T, QS: ?Sized> SelectableExpression<QS> for SameTenant<On, S, T> where
    On: SelectableExpression<QS>
{
}

impl<On: ValidGrouping<G>, S, T, G> ValidGrouping<G> for SameTenant<On, S, T> {
    type IsAggregate = On::IsAggregate;
}
