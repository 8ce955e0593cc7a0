use diesel::QueryableByName;
use diesel::sql_types::Oid;

/// A row of `pg_inherits`: a partition, or a table that inherits.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Inheritance {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) parent: u32,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) child: u32,
}

impl Inheritance {
    pub(super) const SQL: &str = "\
        SELECT i.inhparent AS parent, i.inhrelid AS child \
        FROM pg_catalog.pg_inherits AS i \
        JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relkind IN ('r', 'p', 'f') \
        ORDER BY i.inhparent, i.inhrelid";
}
