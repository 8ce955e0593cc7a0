use diesel::QueryableByName;
use diesel::sql_types::Oid;

/// A row of `pg_inherits`: a partition, or a table that inherits. Those of indexes are here too.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Inheritance {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) parent: u32,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) child: u32,
}

impl Inheritance {
    pub(super) const SQL: &str = "\
        SELECT inhparent AS parent, inhrelid AS child FROM pg_catalog.pg_inherits \
        ORDER BY inhparent, inhrelid";
}
