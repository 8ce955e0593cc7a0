use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryId};
use diesel::{Column, QueryResult};

use super::upsert::OnConstraint;
use crate::table::{ScopeTable, TenantColumn};

/// Columns of a table without its tenant column: one column or a tuple of them.
///
/// `Count` keeps single columns and tuples apart; it is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns of `{T}`",
    note = "name one column of the table or a tuple of them, without the tenant column, which the \
            statement adds"
)]
pub trait TableColumns<T, Count> {
    #[doc(hidden)]
    fn push_names(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()>;
}

/// One column.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct One;

/// A tuple of columns.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Several;

impl<C, T> TableColumns<T, One> for C
where
    C: Column<Table = T>,
{
    fn push_names(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.push_identifier(C::NAME)
    }
}

macro_rules! tuples {
    () => {};
    ($first:ident $($column:ident)*) => {
        impl<T, $first, $($column),*> TableColumns<T, Several> for ($first, $($column,)*)
        where
            $first: Column<Table = T>,
            $($column: Column<Table = T>,)*
        {
            fn push_names(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
                pass.push_identifier($first::NAME)?;
                $(
                    pass.push_sql(", ");
                    pass.push_identifier($column::NAME)?;
                )*
                Ok(())
            }
        }

        impl<T, $first, $($column),*> ConflictColumns<T, Several> for ($first, $($column,)*)
        where
            Self: TableColumns<T, Several> + QueryId,
        {
            fn push_target(
                &self,
                tenant: Option<&str>,
                pass: &mut AstPass<'_, '_, Pg>,
            ) -> QueryResult<()> {
                push_key::<Self, T, Several>(tenant, pass)
            }
        }

        tuples!($($column)*);
    };
}

tuples!(
    C1 C2 C3 C4 C5 C6 C7 C8 C9 C10 C11 C12 C13 C14 C15 C16 C17 C18 C19 C20 C21 C22 C23 C24 C25 C26 C27
    C28 C29 C30 C31 C32
);

/// What an ON CONFLICT clause can name: the columns of a unique key without the tenant column, as one
/// column or a tuple; the tenant column alone, for a table with one row per tenant; or a constraint,
/// with [`on_constraint`](crate::upsert::on_constraint).
///
/// `Count` keeps these apart; it is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns of a unique key of `{T}`",
    note = "name columns of the table without the tenant column, which the statement adds",
    note = "for a constraint, use `tenancy_diesel::upsert::on_constraint`"
)]
pub trait ConflictColumns<T, Count>: QueryId {
    /// Renders the target of a table whose tenant column has this name.
    #[doc(hidden)]
    fn push_target(&self, tenant: Option<&str>, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()>;
}

impl<C, T> ConflictColumns<T, One> for C
where
    C: Column<Table = T> + QueryId,
{
    fn push_target(&self, tenant: Option<&str>, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        push_key::<C, T, One>(tenant, pass)
    }
}

fn push_key<C, T, Count>(tenant: Option<&str>, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()>
where
    C: TableColumns<T, Count>,
{
    pass.push_sql(" (");
    if let Some(tenant) = tenant {
        pass.push_identifier(tenant)?;
        pass.push_sql(", ");
    }
    C::push_names(pass)?;
    pass.push_sql(")");
    Ok(())
}

/// The tenant column alone, which is the key of a table with one row per tenant.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct OnlyTenant;

impl<T: ScopeTable> ConflictColumns<T, OnlyTenant> for TenantColumn<T> {
    fn push_target(&self, _: Option<&str>, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.push_sql(" (");
        pass.push_identifier(TenantColumn::<T>::SQL_NAME)?;
        pass.push_sql(")");
        Ok(())
    }
}

/// A constraint.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Named;

impl<T> ConflictColumns<T, Named> for OnConstraint<'_> {
    fn push_target(&self, _: Option<&str>, pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        pass.push_sql(" ON CONSTRAINT ");
        pass.push_identifier(self.name())
    }
}
