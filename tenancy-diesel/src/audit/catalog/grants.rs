use diesel::QueryableByName;
use diesel::sql_types::{Nullable, Oid, Text};

/// A privilege that somebody has on something.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Grant {
    /// `relation` (a sequence too), `schema`, `database` or `function`.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) class: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) object: u32,
    /// Where it is for one column alone.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) column: Option<String>,
    /// 0 stands for PUBLIC.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) grantee: u32,
    /// `SELECT`, `TRUNCATE`, `CREATE`, ..
    #[diesel(sql_type = Text)]
    pub(in crate::audit) privilege: String,
}

impl Grant {
    /// Of tables and schemas without a list the owner alone has privileges. A database and a function
    /// without one are open to PUBLIC. Of the functions, those that run as their owner, and those of the
    /// server's files that nobody has at first.
    pub(super) const SQL: &str = "\
        SELECT g.class, g.object, g.\"column\", g.grantee, g.privilege FROM ( \
            SELECT 'relation' AS class, c.oid AS object, NULL::text AS \"column\", a.grantee, \
                   a.privilege_type AS privilege \
            FROM pg_catalog.pg_class AS c \
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, \
                 pg_catalog.aclexplode(c.relacl) AS a \
            WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') \
            UNION ALL \
            SELECT 'relation', t.attrelid, t.attname::text, a.grantee, a.privilege_type \
            FROM pg_catalog.pg_attribute AS t \
            JOIN pg_catalog.pg_class AS c ON c.oid = t.attrelid \
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, \
                 pg_catalog.aclexplode(t.attacl) AS a \
            WHERE NOT t.attisdropped AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
            UNION ALL \
            SELECT 'schema', n.oid, NULL, a.grantee, a.privilege_type \
            FROM pg_catalog.pg_namespace AS n, pg_catalog.aclexplode(n.nspacl) AS a \
            UNION ALL \
            SELECT 'database', d.oid, NULL, a.grantee, a.privilege_type \
            FROM pg_catalog.pg_database AS d, \
                 pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS a \
            WHERE d.datname = pg_catalog.current_database() \
            UNION ALL \
            SELECT 'function', p.oid, NULL, a.grantee, a.privilege_type \
            FROM pg_catalog.pg_proc AS p, \
                 pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a \
            WHERE p.prosecdef OR (p.pronamespace = 'pg_catalog'::pg_catalog.regnamespace \
              AND p.proname IN ('lo_import', 'lo_export', 'pg_read_file', 'pg_read_binary_file', \
                                'pg_ls_dir', 'pg_stat_file')) \
        ) AS g ORDER BY g.object, g.class, g.privilege, g.\"column\", g.grantee";
}
