use diesel::pg::Pg;
use diesel::query_builder::AstPass;
use diesel::{Column, QueryResult};

/// The columns of a unique key, for [`on_conflict`](crate::ScopedQuery::on_conflict): one column or a
/// tuple of up to eight, without the tenant column.
///
/// `Count` keeps single columns and tuples apart; it is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` are not columns of a unique key of `{T}`",
    note = "name columns of the table without the tenant column, which the statement adds"
)]
pub trait ConflictColumns<T, Count> {
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
