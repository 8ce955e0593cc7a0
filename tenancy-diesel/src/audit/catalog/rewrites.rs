use diesel::QueryableByName;
use diesel::sql_types::{Oid, Text};

/// That a view, or a rule of a table, reads or writes a relation.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Rewrite {
    /// The view, or the table that has the rule.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    /// `_RETURN` is a view's query.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) rule: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) reaches: u32,
}

impl Rewrite {
    pub(super) const SQL: &str = "\
        SELECT DISTINCT r.ev_class AS relation, r.rulename::text AS rule, d.refobjid AS reaches \
        FROM pg_catalog.pg_rewrite AS r \
        JOIN pg_catalog.pg_depend AS d ON d.objid = r.oid \
        WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass \
          AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
          AND r.oid >= 16384 \
          AND NOT (r.rulename = '_RETURN' AND d.refobjid = r.ev_class) \
        ORDER BY r.ev_class, r.rulename::text, d.refobjid";
}
