use diesel::QueryableByName;
use diesel::sql_types::{Oid, Text};

/// A row of `pg_namespace`, PostgreSQL's own left out.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Schema {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) oid: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) owner: u32,
}

impl Schema {
    pub(super) const SQL: &str = "\
        SELECT oid, nspname::text AS name, nspowner AS owner FROM pg_catalog.pg_namespace \
        WHERE nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
          AND nspname NOT LIKE 'pg\\_temp\\_%' AND nspname NOT LIKE 'pg\\_toast\\_temp\\_%' \
        ORDER BY oid";
}
