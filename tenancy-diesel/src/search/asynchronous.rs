use std::fmt;

use diesel::pg::Pg;
use diesel::sql_types::HasSqlType;
use diesel_async::RunQueryDsl;
use tenancy_core::BoxFuture;

use super::document::check_key;
use super::statement::{Clear, Count, Find, FoundRow, Put, Remove, Statement, hit, number};
use super::{Document, Hit, Search, SearchError, TenantIndex};
use crate::{AsyncScopeConnection, Scoped, SqlTenantId};

/// The index of a scope's tenant, in the tables of [`SearchTables`](super::SearchTables). Each operation is one
/// statement of the scope: in a transaction of the scope, index and rows change together.
pub struct PgIndex<'c, C: AsyncScopeConnection, Id: SqlTenantId>(&'c mut Scoped<C, Id>);

impl<'c, C: AsyncScopeConnection, Id: SqlTenantId> PgIndex<'c, C, Id> {
    /// The index of the scope's tenant.
    pub fn new(scope: &'c mut Scoped<C, Id>) -> Self {
        PgIndex(scope)
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> TenantIndex for PgIndex<'_, C, Id>
where
    Pg: HasSqlType<Id::SqlType>,
{
    fn put<'a>(&'a mut self, document: &'a Document<'a>) -> BoxFuture<'a, Result<(), SearchError>> {
        Box::pin(async move {
            document.check()?;
            Statement::<Put, Id>::put(document).execute(self.0).await?;
            Ok(())
        })
    }

    fn remove<'a>(
        &'a mut self,
        kind: &'a str,
        id: &'a str,
    ) -> BoxFuture<'a, Result<bool, SearchError>> {
        Box::pin(async move {
            check_key(kind)?;
            check_key(id)?;
            let removed = Statement::<Remove, Id>::remove(kind, id)
                .execute(self.0)
                .await?;
            Ok(removed > 0)
        })
    }

    fn search<'a>(
        &'a mut self,
        search: &'a Search<'a>,
    ) -> BoxFuture<'a, Result<Vec<Hit>, SearchError>> {
        Box::pin(async move {
            search.check()?;
            let rows: Vec<FoundRow> = Statement::<Find, Id>::find(search).load(self.0).await?;
            Ok(rows.into_iter().map(hit).collect())
        })
    }

    fn count(&mut self) -> BoxFuture<'_, Result<u64, SearchError>> {
        Box::pin(async move {
            let count: i64 = Statement::<Count, Id>::count().get_result(self.0).await?;
            Ok(number(count))
        })
    }

    fn clear(&mut self) -> BoxFuture<'_, Result<u64, SearchError>> {
        Box::pin(async move {
            let removed = Statement::<Clear, Id>::clear().execute(self.0).await?;
            Ok(number(removed))
        })
    }
}

impl<C: AsyncScopeConnection, Id: SqlTenantId> fmt::Debug for PgIndex<'_, C, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PgIndex(..)")
    }
}
