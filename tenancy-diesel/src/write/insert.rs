use std::marker::PhantomData;

use diesel::insertable::Insertable;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, DefaultValues, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::sql_types::HasSqlType;
use diesel::{Expression, QueryResult, SelectableExpression};

use super::rows::Rows;
use super::upsert::{ConflictTarget, DoNothing, IncompleteOnConflict, NoConflict, NoTarget};
use super::{ConflictColumns, FillTenant, NoReturning};
use crate::SqlTenantId;
use crate::query::statement::WritesTo;
use crate::query::{
    ExecuteStatement, LoadStatement, Rendered, Returning, ScopedQuery, ScopedTable,
};
use crate::table::{Owner, ScopeTable, TenantTable};

/// Begins an INSERT.
///
/// The tenant column is filled in from the scope; it cannot be named. The records are what Diesel's
/// `Insertable` accepts: a record, a tuple of `column.eq(value)`, or a slice, `Vec` or array of them.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// # fn run(conn: &mut Conn) -> QueryResult<Uuid> {
/// insert_into(projects::table)
///     .values((projects::id.eq(Uuid::from_u128(1)), projects::name.eq("roof")))
///     .returning(projects::id)
///     .get_result(conn)
/// # }
/// # }
/// ```
pub fn insert_into<T: InsertTarget>(target: T) -> T::Statement {
    target.into_insert()
}

/// What [`insert_into`] takes: a scoped or a shared table.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a table that rows can be inserted into",
    note = "pass `projects::table` itself: not an alias, a query or a join"
)]
pub trait InsertTarget {
    /// The statement it begins.
    type Statement;

    #[doc(hidden)]
    fn into_insert(self) -> Self::Statement;
}

impl<T: TenantTable> InsertTarget for ScopedTable<T> {
    type Statement = IncompleteInsert<T>;

    fn into_insert(self) -> Self::Statement {
        IncompleteInsert(PhantomData)
    }
}

/// An INSERT without its rows, from [`insert_into`].
#[derive(Debug, Clone, Copy)]
#[must_use = "an insert does nothing until `values` and `execute` are called"]
pub struct IncompleteInsert<T>(PhantomData<T>);

/// An INSERT. See [`insert_into`].
///
/// It is not rendered itself: a scope makes a statement of it.
#[derive(Debug, Clone, Copy)]
pub struct Insert<T, V, C = NoConflict, R = NoReturning> {
    pub(super) rows: V,
    pub(super) conflict: C,
    pub(super) returning: R,
    pub(super) table: PhantomData<T>,
}

impl<T: TenantTable> IncompleteInsert<T> {
    /// The rows.
    pub fn values<V>(
        self,
        records: V,
    ) -> ScopedQuery<Insert<T, <V::Values as FillTenant<T>>::Rows>, T::Tenant>
    where
        V: Insertable<T>,
        V::Values: FillTenant<T>,
    {
        self.with_rows(records.values().fill_tenant())
    }

    pub(super) fn with_rows<V>(self, rows: V) -> ScopedQuery<Insert<T, V>, T::Tenant> {
        ScopedQuery::new(Insert {
            rows,
            conflict: NoConflict,
            returning: NoReturning,
            table: PhantomData,
        })
    }

    /// One row of the columns' defaults.
    pub fn default_values(
        self,
    ) -> ScopedQuery<Insert<T, <DefaultValues as FillTenant<T>>::Rows>, T::Tenant> {
        self.values(DefaultValues)
    }
}

impl<T, V, Id> ScopedQuery<Insert<T, V>, Id> {
    /// Skips rows that violate any unique constraint.
    pub fn on_conflict_do_nothing(self) -> ScopedQuery<Insert<T, V, DoNothing<NoTarget>>, Id> {
        self.map(|insert| insert.with_conflict(DoNothing(NoTarget)))
    }

    /// Decides about rows that violate the unique constraint over these columns.
    ///
    /// The columns are named as the application thinks of them, without the tenant: a unique key of
    /// a tenant table leads with the tenant column, and the statement names it too.
    pub fn on_conflict<Target, Count>(
        self,
        target: Target,
    ) -> IncompleteOnConflict<T, V, ConflictTarget<T, Target, Count>, Id>
    where
        Target: ConflictColumns<T, Count>,
    {
        IncompleteOnConflict::new(self.inner, ConflictTarget::new(target))
    }
}

impl<T, V> Insert<T, V> {
    pub(super) fn with_rows<V2>(self, change: impl FnOnce(V) -> V2) -> Insert<T, V2> {
        Insert {
            rows: change(self.rows),
            conflict: self.conflict,
            returning: self.returning,
            table: PhantomData,
        }
    }

    pub(super) fn with_conflict<C>(self, conflict: C) -> Insert<T, V, C> {
        Insert {
            rows: self.rows,
            conflict,
            returning: self.returning,
            table: PhantomData,
        }
    }
}

impl<T, V, C, Id> ScopedQuery<Insert<T, V, C>, Id> {
    /// Returns an expression over each inserted row.
    pub fn returning<E>(self, expression: E) -> ScopedQuery<Insert<T, V, C, Returning<E>>, Id>
    where
        E: Expression + SelectableExpression<T>,
    {
        self.map(|insert| Insert {
            rows: insert.rows,
            conflict: insert.conflict,
            returning: Returning(expression),
            table: PhantomData,
        })
    }
}

/// An INSERT as it is sent.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct InsertSql<T, V, C> {
    rows: V,
    conflict: C,
    table: PhantomData<T>,
}

impl<T, V, C> WritesTo for InsertSql<T, V, C> {
    type Table = T;
}

impl<T, V, C> QueryId for InsertSql<T, V, C>
where
    T: QueryId + 'static,
    V: QueryId,
    C: QueryId,
{
    type QueryId = InsertSql<T, V::QueryId, C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = V::HAS_STATIC_QUERY_ID && C::HAS_STATIC_QUERY_ID;
}

impl<T, V, C> QueryFragment<Pg> for InsertSql<T, V, C>
where
    T: TenantTable,
    V: QueryFragment<Pg> + Rows,
    C: QueryFragment<Pg>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("INSERT INTO ");
        T::RELATION.push_target(&mut pass)?;
        self.rows.walk_ast(pass.reborrow())?;
        self.conflict.walk_ast(pass)
    }
}

/// An INSERT with what goes around it.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, QueryId)]
pub struct InsertOrNothing<S, R>(Rendered<S, R>);

impl<T, V, C, R> QueryFragment<Pg> for InsertOrNothing<InsertSql<T, V, C>, R>
where
    T: TenantTable,
    V: Rows,
    R: ReturningList,
    InsertSql<T, V, C>: QueryFragment<Pg>,
    Rendered<InsertSql<T, V, C>, R>: QueryFragment<Pg>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        if self.0.statement.rows.is_empty() {
            // SQL cannot say an INSERT of no rows.
            pass.unsafe_to_cache_prepared();
            pass.push_sql("SELECT 1 WHERE FALSE");
            return Ok(());
        }
        match T::RELATION.owner {
            Owner::Column(_) => self.0.walk_ast(pass),
            Owner::Via { column, .. } => self.walk_owned(column, pass),
            Owner::Shared => Err(Error::QueryBuilderError(
                "a shared table has no tenant".into(),
            )),
        }
    }
}

impl<T, V, C, R> InsertOrNothing<InsertSql<T, V, C>, R>
where
    T: TenantTable,
    R: ReturningList,
    InsertSql<T, V, C>: QueryFragment<Pg>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    /// An INSERT into a table without a tenant column fails as a whole unless every new row's owner is
    /// the tenant's. The condition is around the INSERT and not in it, because `DEFAULT` is allowed in
    /// VALUES alone; it raises the error itself, because an INSERT in WITH is not undone otherwise.
    fn walk_owned<'b>(
        &'b self,
        owner_column: &str,
        mut pass: AstPass<'_, 'b, Pg>,
    ) -> QueryResult<()> {
        let alias = T::RELATION.alias;
        pass.push_sql(WITH_NEW_ROWS);
        self.0.statement.walk_ast(pass.reborrow())?;
        pass.push_sql(" RETURNING *) SELECT ");
        self.0.returning.push_list(pass.reborrow())?;
        pass.push_sql(" FROM \"tenancy_new\" AS ");
        pass.push_identifier(alias)?;
        pass.push_sql(" WHERE CASE WHEN ");
        T::RELATION.push_predicate::<T::Tenant>(Some(alias), &mut pass)?;
        // Not a constant, which PostgreSQL would evaluate when it plans.
        pass.push_sql(" THEN TRUE ELSE ('");
        pass.push_sql(FOREIGN_OWNER);
        pass.push_sql("' || coalesce(left(");
        pass.push_identifier(alias)?;
        pass.push_sql(".");
        pass.push_identifier(owner_column)?;
        pass.push_sql("::text, 0), ''))::bool END");
        Ok(())
    }
}

/// What stands before an INSERT whose rows' owners are checked around it.
pub(crate) const WITH_NEW_ROWS: &str = "WITH \"tenancy_new\" AS (";

/// What the server's error says when a new row's owner is not the tenant's.
pub(crate) const FOREIGN_OWNER: &str = "tenancy: the owner of a new row is not of this tenant";

/// A RETURNING clause as a list of expressions.
#[doc(hidden)]
pub trait ReturningList {
    fn push_list<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()>;
}

impl ReturningList for NoReturning {
    fn push_list<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("1");
        Ok(())
    }
}

impl<E: QueryFragment<Pg>> ReturningList for Returning<E> {
    fn push_list<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<S, R> diesel::query_builder::Query for InsertOrNothing<S, R>
where
    Rendered<S, R>: diesel::query_builder::Query,
{
    type SqlType = <Rendered<S, R> as diesel::query_builder::Query>::SqlType;
}

impl<T, V, C, R> Insert<T, V, C, R> {
    fn render<R2>(
        self,
        returning: impl FnOnce(R) -> R2,
    ) -> InsertOrNothing<InsertSql<T, V, C>, R2> {
        InsertOrNothing(Rendered {
            statement: InsertSql {
                rows: self.rows,
                conflict: self.conflict,
                table: PhantomData,
            },
            returning: returning(self.returning),
        })
    }
}

impl<T, V, C, R> ExecuteStatement for Insert<T, V, C, R>
where
    InsertOrNothing<InsertSql<T, V, C>, R>: QueryFragment<Pg> + QueryId,
{
    type Statement = InsertOrNothing<InsertSql<T, V, C>, R>;

    fn into_execute(self) -> Self::Statement {
        self.render(|returning| returning)
    }
}

impl<T, V, C> LoadStatement for Insert<T, V, C, NoReturning>
where
    T: ScopeTable,
    InsertOrNothing<InsertSql<T, V, C>, Returning<T::Selection>>: diesel::query_builder::Query,
{
    type Statement = InsertOrNothing<InsertSql<T, V, C>, Returning<T::Selection>>;
    const WRITES: bool = true;

    fn into_load(self) -> Self::Statement {
        self.render(|_| Returning(T::selection()))
    }
}

impl<T, V, C, E> LoadStatement for Insert<T, V, C, Returning<E>>
where
    InsertOrNothing<InsertSql<T, V, C>, Returning<E>>: diesel::query_builder::Query,
{
    type Statement = InsertOrNothing<InsertSql<T, V, C>, Returning<E>>;
    const WRITES: bool = true;

    fn into_load(self) -> Self::Statement {
        self.render(|returning| returning)
    }
}
