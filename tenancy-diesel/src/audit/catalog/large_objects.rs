use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Oid};

/// The large objects of an owner.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct LargeObjects {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) owner: u32,
    #[diesel(sql_type = BigInt)]
    pub(in crate::audit) count: i64,
}

impl LargeObjects {
    pub(super) const SQL: &str = "\
        SELECT lomowner AS owner, pg_catalog.count(*) AS count \
        FROM pg_catalog.pg_largeobject_metadata GROUP BY lomowner ORDER BY lomowner";
}
