//! `INSERT INTO .. SELECT`.

use std::marker::PhantomData;

use diesel::insertable::Insertable;
use diesel::pg::Pg;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::HasSqlType;
use diesel::{Expression, QueryResult, Table};

use super::columns::Several;
use super::rows::{Rows, push_filled};
use super::{FillTenant, Insert, InsertTarget, TableColumns};
use crate::SqlTenantId;
use crate::query::{ScopedQuery, ScopedTable};
use crate::table::TenantTable;

/// The rows of a scoped query, to be inserted into `T` with the tenant filled in.
///
/// `C` are the columns that they go to: those of the table without the tenant column, unless
/// [`into_columns`](ScopedQuery::into_columns) names others.
#[derive(Debug, Clone, Copy)]
pub struct SelectedRows<T, S, C, Count = Several> {
    select: S,
    columns: PhantomData<(T, C, Count)>,
}

impl<Q, Id, T> Insertable<T> for ScopedQuery<Q, Id>
where
    Q: AsQuery,
    T: TenantTable<Tenant = Id>,
{
    type Values = SelectedRows<T, Q::Query, T::AllColumns>;

    fn values(self) -> Self::Values {
        SelectedRows {
            select: self.inner.as_query(),
            columns: PhantomData,
        }
    }
}

impl<T, S, C, Count> FillTenant<T> for SelectedRows<T, S, C, Count> {
    type Rows = Self;

    fn fill_tenant(self) -> Self {
        self
    }
}

impl<Q, Id> ScopedQuery<Q, Id> {
    /// `INSERT INTO table SELECT ..`: inserts the rows of this query, as
    /// `insert_into(table).values(query)`.
    ///
    /// ```
    /// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
    /// # include!("../doc/setup.rs");
    /// # fn run(conn: &mut Conn) -> QueryResult<usize> {
    /// tasks::table
    ///     .filter(tasks::done)
    ///     .select((tasks::id, tasks::title))
    ///     .insert_into(projects::table)
    ///     .into_columns((projects::id, projects::name))
    ///     .execute(conn)
    /// # }
    /// # }
    /// ```
    pub fn insert_into<T>(
        self,
        table: ScopedTable<T>,
    ) -> ScopedQuery<Insert<T, SelectedRows<T, Q::Query, T::AllColumns>>, Id>
    where
        Q: AsQuery,
        T: TenantTable<Tenant = Id>,
    {
        table.into_insert().values(self)
    }
}

impl<T, S, C, Count, Id> ScopedQuery<Insert<T, SelectedRows<T, S, C, Count>>, Id>
where
    S: Query,
{
    /// Names the columns that the selected ones go to, one or a tuple, without the tenant column.
    pub fn into_columns<C2, Count2>(
        self,
        columns: C2,
    ) -> ScopedQuery<Insert<T, SelectedRows<T, S, C2, Count2>>, Id>
    where
        C2: TableColumns<T, Count2> + Expression<SqlType = S::SqlType>,
    {
        // The type says which columns they are.
        let _ = columns;
        self.map(|insert| {
            insert.with_rows(|rows| SelectedRows {
                select: rows.select,
                columns: PhantomData,
            })
        })
    }
}

impl<T, S, C, Count> QueryId for SelectedRows<T, S, C, Count>
where
    T: 'static,
    S: QueryId,
    C: QueryId,
    Count: 'static,
{
    type QueryId = SelectedRows<T, S::QueryId, C::QueryId, Count>;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID && C::HAS_STATIC_QUERY_ID;
}

impl<T, S, C, Count> Rows for SelectedRows<T, S, C, Count> {
    fn is_empty(&self) -> bool {
        false
    }
}

impl<T, S, C, Count> QueryFragment<Pg> for SelectedRows<T, S, C, Count>
where
    T: TenantTable + Table,
    S: Query<SqlType = C::SqlType> + QueryFragment<Pg>,
    C: TableColumns<T, Count> + Expression,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        push_filled::<T>(pass, C::push_names, |mut pass| {
            pass.push_sql("(");
            self.select.walk_ast(pass.reborrow())?;
            pass.push_sql(")");
            Ok(())
        })
    }
}
