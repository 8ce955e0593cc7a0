use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::{Column, QueryResult};

use crate::table::{ScopeTable, TenantColumn};

/// The columns of a unique key, for [`on_conflict`](crate::ScopedQuery::on_conflict): one column or a
/// tuple of up to eight, without the tenant column; or the tenant column alone, for a table with one row
/// per tenant.
///
/// `Count` keeps single columns and tuples apart; it is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns of a unique key of `{T}`",
    note = "name columns of the table without the tenant column, which the statement adds"
)]
pub trait ConflictColumns<T, Count> {
    /// Whether there is a column besides the tenant's.
    #[doc(hidden)]
    const NAMES_MORE: bool = true;

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

impl<C, T> ConflictColumns<T, One> for C
where
    C: Column<Table = T>,
{
    fn push_names(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.push_identifier(C::NAME)
    }
}

/// The tenant column alone, which is the key of a table with one row per tenant.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct OnlyTenant;

impl<T: ScopeTable> ConflictColumns<T, OnlyTenant> for TenantColumn<T> {
    const NAMES_MORE: bool = false;

    fn push_names(_: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        Ok(())
    }
}

macro_rules! tuples {
    ($($first:ident $($column:ident)*;)*) => {$(
        impl<T, $first, $($column),*> ConflictColumns<T, Several> for ($first, $($column,)*)
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
    )*};
}

tuples! {
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
}
