use std::marker::PhantomData;

use diesel::insertable::InsertValues;
use diesel::pg::Pg;
use diesel::query_builder::{
    AstPass, BatchInsert, DefaultValues, QueryFragment, QueryId, ValuesClause,
};
use diesel::sql_types::HasSqlType;
use diesel::{QueryResult, Table};

use crate::SqlTenantId;
use crate::ambient::{self, AmbientTenant};
use crate::table::{Owner, TenantTable};

/// What Diesel makes of the records of an INSERT, with the tenant filled in.
///
/// Implemented for everything that [`Insertable`](diesel::Insertable) yields: one record or tuple, and batches of them
/// from a slice, `Vec` or array.
#[diagnostic::on_unimplemented(
    message = "these rows cannot be inserted into `{T}`",
    note = "name columns of this table, and leave out the tenant column: the scope fills it in"
)]
pub trait FillTenant<T> {
    /// The rows to insert.
    type Rows;

    #[doc(hidden)]
    fn fill_tenant(self) -> Self::Rows;
}

impl<V, T> FillTenant<T> for ValuesClause<V, T>
where
    T: Table,
    V: InsertValues<Pg, T>,
{
    type Rows = OneRow<V, T>;

    fn fill_tenant(self) -> Self::Rows {
        OneRow(self.values, PhantomData)
    }
}

impl<T> FillTenant<T> for DefaultValues {
    type Rows = OneRow<NoColumns, T>;

    fn fill_tenant(self) -> Self::Rows {
        OneRow(NoColumns, PhantomData)
    }
}

impl<V, T, QId, const STATIC: bool> FillTenant<T>
    for BatchInsert<Vec<ValuesClause<V, T>>, T, QId, STATIC>
where
    T: Table,
    V: InsertValues<Pg, T>,
{
    type Rows = ManyRows<V, T, QId, STATIC>;

    fn fill_tenant(self) -> Self::Rows {
        ManyRows(
            self.values.into_iter().map(|row| row.values).collect(),
            PhantomData,
        )
    }
}

/// The number of rows up to which an INSERT of a `Vec` or a slice stays prepared.
const CACHED: usize = 16;

/// `VALUES` of one row.
#[derive(Debug, Clone, Copy)]
pub struct OneRow<V, T>(V, PhantomData<T>);

/// `VALUES` of a batch of rows.
#[derive(Debug, Clone)]
pub struct ManyRows<V, T, QId, const STATIC: bool>(Vec<V>, PhantomData<(T, QId)>);

impl<V: QueryId, T: 'static> QueryId for OneRow<V, T> {
    type QueryId = OneRow<V::QueryId, T>;
    const HAS_STATIC_QUERY_ID: bool = V::HAS_STATIC_QUERY_ID;
}

/// The text of the rows is static if their number and the text of each are.
impl<V, T, QId, const STATIC: bool> QueryId for ManyRows<V, T, QId, STATIC>
where
    V: QueryId,
    T: 'static,
    QId: 'static,
{
    type QueryId = ManyRows<V::QueryId, T, QId, STATIC>;
    const HAS_STATIC_QUERY_ID: bool = STATIC && V::HAS_STATIC_QUERY_ID;
}

/// Rows that an INSERT renders after its target.
pub(crate) trait Rows {
    /// Whether there are no rows, which SQL cannot say in VALUES.
    fn is_empty(&self) -> bool;
}

impl<V, T> Rows for OneRow<V, T> {
    fn is_empty(&self) -> bool {
        false
    }
}

impl<V, T, QId, const STATIC: bool> Rows for ManyRows<V, T, QId, STATIC> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<V, T> QueryFragment<Pg> for OneRow<V, T>
where
    T: TenantTable,
    V: InsertValues<Pg, T>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        push_rows::<T, V>(std::slice::from_ref(&self.0), pass)
    }
}

impl<V, T, QId, const STATIC: bool> QueryFragment<Pg> for ManyRows<V, T, QId, STATIC>
where
    T: TenantTable,
    V: InsertValues<Pg, T> + QueryId,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // A statement for each number of rows would fill the cache, and more so for each choice of columns.
        if !STATIC && (self.0.len() > CACHED || !V::HAS_STATIC_QUERY_ID) {
            pass.unsafe_to_cache_prepared();
        }
        push_rows::<T, V>(&self.0, pass)
    }
}

/// A record that names no column.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, QueryId)]
pub struct NoColumns;

impl QueryFragment<Pg> for NoColumns {
    fn walk_ast<'b>(&'b self, _: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        Ok(())
    }
}

impl<T: Table> InsertValues<Pg, T> for NoColumns {
    fn column_names(&self, _: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        Ok(())
    }
}

fn push_rows<'b, T, V>(rows: &'b [V], mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()>
where
    T: TenantTable,
    V: InsertValues<Pg, T>,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    let relation = &T::RELATION;
    ambient::require::<T::Tenant>(relation.path)?;
    let Some(first) = rows.first() else {
        return Ok(());
    };
    let has_columns = !first.is_noop(pass.backend())?;
    match relation.owner {
        Owner::Column(tenant) => {
            pass.push_sql(" (");
            pass.push_identifier(tenant)?;
            if has_columns {
                pass.push_sql(", ");
                first.column_names(pass.reborrow())?;
            }
            pass.push_sql(") VALUES ");
            for (i, row) in rows.iter().enumerate() {
                pass.push_sql(if i == 0 { "(" } else { ", (" });
                push_tenant::<T>(&mut pass)?;
                if has_columns {
                    pass.push_sql(", ");
                    row.walk_ast(pass.reborrow())?;
                }
                pass.push_sql(")");
            }
            Ok(())
        }
        // The row has no tenant column to fill in. Its owner is checked around the statement.
        Owner::Via { .. } | Owner::Shared => {
            if !has_columns {
                pass.push_sql(" DEFAULT VALUES");
                return Ok(());
            }
            pass.push_sql(" (");
            first.column_names(pass.reborrow())?;
            pass.push_sql(") VALUES ");
            for (i, row) in rows.iter().enumerate() {
                pass.push_sql(if i == 0 { "(" } else { ", (" });
                row.walk_ast(pass.reborrow())?;
                pass.push_sql(")");
            }
            Ok(())
        }
    }
}

/// ` ("tenant_id", ..) SELECT $1, .. FROM source`: rows of a source that knows nothing of the tenant.
pub(super) fn push_filled<'b, T>(
    mut pass: AstPass<'_, 'b, Pg>,
    push_names: impl FnOnce(&mut AstPass<'_, '_, Pg>) -> QueryResult<()>,
    push_source: impl FnOnce(AstPass<'_, 'b, Pg>) -> QueryResult<()>,
) -> QueryResult<()>
where
    T: TenantTable,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    const SOURCE: &str = "tenancy_rows";
    let relation = &T::RELATION;
    ambient::require::<T::Tenant>(relation.path)?;
    pass.push_sql(" (");
    match relation.owner {
        Owner::Column(tenant) => {
            pass.push_identifier(tenant)?;
            pass.push_sql(", ");
            push_names(&mut pass)?;
            pass.push_sql(") SELECT ");
            push_tenant::<T>(&mut pass)?;
            pass.push_sql(", ");
        }
        // The row has no tenant column to fill in. Its owner is checked around the statement.
        Owner::Via { .. } | Owner::Shared => {
            push_names(&mut pass)?;
            pass.push_sql(") SELECT ");
        }
    }
    pass.push_identifier(SOURCE)?;
    pass.push_sql(".* FROM ");
    push_source(pass.reborrow())?;
    pass.push_sql(" AS ");
    pass.push_identifier(SOURCE)
}

/// The tenant of the scope, as a bind.
fn push_tenant<T>(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()>
where
    T: TenantTable,
    Pg: HasSqlType<<T::Tenant as SqlTenantId>::SqlType>,
{
    pass.push_bind_param::<<T::Tenant as SqlTenantId>::SqlType, AmbientTenant<T::Tenant>>(
        &AmbientTenant::<T::Tenant>::VALUE,
    )
}
