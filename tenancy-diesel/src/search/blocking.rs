use std::fmt;

use diesel::RunQueryDsl;
use diesel::pg::Pg;
use diesel::sql_types::HasSqlType;

use super::document::check_key;
use super::statement::{Clear, Count, Find, FoundRow, Put, Remove, Statement, hit, number};
use super::{Document, Hit, Search, SearchError};
use crate::{Scoped, SqlTenantId, SyncScopeConnection};

/// [`TenantIndex`](super::TenantIndex) in PostgreSQL for synchronous connections, with the same operations.
pub struct BlockingPgIndex<'c, C: SyncScopeConnection, Id: SqlTenantId>(&'c mut Scoped<C, Id>);

impl<'c, C: SyncScopeConnection, Id: SqlTenantId> BlockingPgIndex<'c, C, Id>
where
    Pg: HasSqlType<Id::SqlType>,
{
    /// The index of the scope's tenant.
    pub fn new(scope: &'c mut Scoped<C, Id>) -> Self {
        BlockingPgIndex(scope)
    }

    /// Puts a document in, in the place of the one with its key.
    ///
    /// # Errors
    /// [`SearchError`] with the reason. The document that was there stays.
    pub fn put(&mut self, document: &Document<'_>) -> Result<(), SearchError> {
        document.check()?;
        Statement::<Put, Id>::put(document).execute(self.0)?;
        Ok(())
    }

    /// Takes a document out, and says whether it was there.
    ///
    /// # Errors
    /// [`SearchError`] with the reason.
    pub fn remove(&mut self, kind: &str, id: &str) -> Result<bool, SearchError> {
        check_key(kind)?;
        check_key(id)?;
        Ok(Statement::<Remove, Id>::remove(kind, id).execute(self.0)? > 0)
    }

    /// The documents that fit, the best first.
    ///
    /// # Errors
    /// [`SearchError`] with the reason.
    pub fn search(&mut self, search: &Search<'_>) -> Result<Vec<Hit>, SearchError> {
        search.check()?;
        let rows: Vec<FoundRow> = Statement::<Find, Id>::find(search).load(self.0)?;
        Ok(rows.into_iter().map(hit).collect())
    }

    /// How many documents there are.
    ///
    /// # Errors
    /// [`SearchError`] with the reason.
    pub fn count(&mut self) -> Result<u64, SearchError> {
        let count: i64 = Statement::<Count, Id>::count().get_result(self.0)?;
        Ok(number(count))
    }

    /// Takes all documents of the tenant out, and says how many there were.
    ///
    /// # Errors
    /// [`SearchError`] with the reason.
    pub fn clear(&mut self) -> Result<u64, SearchError> {
        Ok(number(Statement::<Clear, Id>::clear().execute(self.0)?))
    }
}

impl<C: SyncScopeConnection, Id: SqlTenantId> fmt::Debug for BlockingPgIndex<'_, C, Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlockingPgIndex(..)")
    }
}
