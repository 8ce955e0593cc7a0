use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Oid, Text};

/// A sequence, with the table whose column it counts.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Sequence {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) oid: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) schema: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) owner: u32,
    #[diesel(sql_type = Nullable<Oid>)]
    pub(in crate::audit) relation: Option<u32>,
}

impl Sequence {
    /// By OWNED BY or as an identity, or because a default calls it.
    pub(super) const SQL: &str = "\
        SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relowner AS owner, \
               coalesce( \
                   (SELECT d.refobjid FROM pg_catalog.pg_depend AS d \
                    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid \
                      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                      AND d.deptype IN ('a', 'i') LIMIT 1), \
                   (SELECT a.adrelid FROM pg_catalog.pg_depend AS d \
                    JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid \
                    WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass \
                      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                      AND d.refobjid = c.oid ORDER BY a.adrelid LIMIT 1)) AS relation \
        FROM pg_catalog.pg_class AS c \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
        WHERE c.relkind = 'S' ORDER BY c.oid";
}
