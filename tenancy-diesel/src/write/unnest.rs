//! Bulk loads.

use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, HasSqlType, SqlType};
use diesel::{Column, QueryResult};

use super::columns::Several;
use super::rows::{Rows, push_filled};
use super::{IncompleteInsert, Insert, TableColumns};
use crate::query::ScopedQuery;
use crate::table::TenantTable;
use crate::{ScopeError, SqlTenantId};

impl<T: TenantTable> IncompleteInsert<T> {
    /// Rows for a bulk load: each column travels as one array, and `unnest` makes rows of the arrays.
    ///
    /// This is what stands in for `COPY .. FROM`, which PostgreSQL refuses on tables with row-level
    /// security. The statement has one bind per column, however many rows there are, so neither the
    /// limit of 65,535 binds nor the planning of a long VALUES list applies, and it is prepared once
    /// for all sizes. Some thousand rows a statement are a good size; all are held in memory.
    ///
    /// `columns` is a tuple of columns without the tenant column, and each row a tuple of their
    /// values. What is not named gets its default. `on_conflict` and `returning` can follow.
    ///
    /// ```
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../doc/setup.rs");
    /// # fn run(conn: &mut Conn, names: &[String]) -> QueryResult<usize> {
    /// insert_into(projects::table)
    ///     .unnest(
    ///         (projects::id, projects::name),
    ///         names.iter().map(|name| (Uuid::from_u128(9), name.as_str())),
    ///     )
    ///     .execute(conn)
    /// # }
    /// # }
    /// ```
    ///
    /// # Errors
    /// `execute` and `load` answer with [`ScopeError::UnnestedArray`], and nothing is sent, when a
    /// column holds arrays, which `unnest` would flatten. Insert such rows with
    /// [`values`](Self::values).
    pub fn unnest<C, I>(
        self,
        columns: C,
        rows: I,
    ) -> ScopedQuery<Insert<T, UnnestedRows<T, C, C::Arrays>>, T::Tenant>
    where
        I: IntoIterator,
        C: UnnestColumns<T, I::Item>,
    {
        // The type says which columns they are.
        let _ = columns;
        self.with_rows(UnnestedRows {
            arrays: C::transpose(rows.into_iter()),
            columns: PhantomData,
        })
    }
}

/// The rows of a bulk load, column by column. From [`unnest`](IncompleteInsert::unnest).
#[derive(Debug, Clone)]
pub struct UnnestedRows<T, C, Arrays> {
    arrays: Arrays,
    columns: PhantomData<(T, C)>,
}

/// A tuple of columns of a table that rows of the type `Row` fill.
#[diagnostic::on_unimplemented(
    message = "rows of the type `{Row}` do not fill the columns `{Self}` of `{T}`",
    note = "name a tuple of columns without the tenant column, such as `(projects::id, projects::name)`, \
            and give tuples of as many values of their types"
)]
pub trait UnnestColumns<T, Row> {
    /// The columns' values.
    type Arrays;

    #[doc(hidden)]
    fn transpose(rows: impl Iterator<Item = Row>) -> Self::Arrays;
}

/// A value of the column `C` in a bulk load: what Diesel binds for a column of its type.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no value of the column `{C}`",
    note = "a value has the type that Diesel binds for the column; that of a nullable column is an `Option`"
)]
pub trait ColumnValue<C> {}

#[diagnostic::do_not_recommend]
impl<C, V> ColumnValue<C> for V
where
    C: Column<SqlType: SqlType>,
    Pg: HasSqlType<Array<C::SqlType>>,
    Vec<V>: ToSql<Array<C::SqlType>, Pg>,
{
}

/// The values of one column.
#[doc(hidden)]
#[derive(Debug, Clone)]
pub struct ColumnValues<C, V>(Vec<V>, PhantomData<C>);

impl<C: 'static, V> QueryId for ColumnValues<C, V> {
    type QueryId = ColumnValues<C, ()>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<C, V> QueryFragment<Pg> for ColumnValues<C, V>
where
    C: Column,
    C::SqlType: SqlType,
    Pg: HasSqlType<Array<C::SqlType>>,
    Vec<V>: ToSql<Array<C::SqlType>, Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if std::any::type_name::<C::SqlType>().contains("sql_types::Array<") {
            return Err(ScopeError::UnnestedArray { column: C::NAME }.into());
        }
        pass.push_bind_param::<Array<C::SqlType>, Vec<V>>(&self.0)
    }
}

macro_rules! tuples {
    () => {};
    ($first:ident $first_value:ident $($column:ident $value:ident)*) => {
        impl<T, $first, $first_value, $($column, $value),*>
            UnnestColumns<T, ($first_value, $($value,)*)> for ($first, $($column,)*)
        where
            $first: Column<Table = T>,
            $first_value: ColumnValue<$first>,
            $($column: Column<Table = T>, $value: ColumnValue<$column>,)*
        {
            type Arrays = (
                ColumnValues<$first, $first_value>,
                $(ColumnValues<$column, $value>,)*
            );

            #[allow(non_snake_case, reason = "the type parameters name the values")]
            fn transpose(
                rows: impl Iterator<Item = ($first_value, $($value,)*)>,
            ) -> Self::Arrays {
                let mut arrays = (
                    ColumnValues(Vec::new(), PhantomData),
                    $(ColumnValues(Vec::<$value>::new(), PhantomData),)*
                );
                {
                    let ($first, $($column,)*) = &mut arrays;
                    for ($first_value, $($value,)*) in rows {
                        $first.0.push($first_value);
                        $($column.0.push($value);)*
                    }
                }
                arrays
            }
        }

        tuples!($($column $value)*);
    };
}

tuples!(
    C1 V1 C2 V2 C3 V3 C4 V4 C5 V5 C6 V6 C7 V7 C8 V8 C9 V9 C10 V10 C11 V11 C12 V12 C13 V13 C14 V14 C15 V15
    C16 V16 C17 V17 C18 V18 C19 V19 C20 V20 C21 V21 C22 V22 C23 V23 C24 V24 C25 V25 C26 V26 C27 V27
    C28 V28 C29 V29 C30 V30 C31 V31 C32 V32
);

impl<T: 'static, C: QueryId, Arrays: QueryId> QueryId for UnnestedRows<T, C, Arrays> {
    type QueryId = UnnestedRows<T, C::QueryId, Arrays::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID && Arrays::HAS_STATIC_QUERY_ID;
}

impl<T, C, Arrays> Rows for UnnestedRows<T, C, Arrays> {
    fn is_empty(&self) -> bool {
        false
    }
}

impl<T, C, Arrays> QueryFragment<Pg> for UnnestedRows<T, C, Arrays>
where
    T: TenantTable,
    C: TableColumns<T, Several>,
    Arrays: QueryFragment<Pg>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        push_filled::<T>(pass, C::push_names, |mut pass| {
            pass.push_sql("unnest(");
            self.arrays.walk_ast(pass.reborrow())?;
            pass.push_sql(")");
            Ok(())
        })
    }
}
