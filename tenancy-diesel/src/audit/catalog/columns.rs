use diesel::QueryableByName;
use diesel::sql_types::{Bool, Nullable, Oid, SmallInt, Text};

/// A row of `pg_attribute`: a column of a relation.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Column {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = SmallInt)]
    pub(in crate::audit) number: i16,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    /// As SQL writes it, with the schema where it is not PostgreSQL's own: `character varying(10)`.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) type_sql: String,
    /// `pg_type.typname` of what is below all domains: `int4`.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) base: String,
    /// `pg_type.typcategory` of the same: `S` for texts.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) category: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_domain: bool,
    /// Whether what is below all domains is PostgreSQL's own.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) base_is_built_in: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) not_null: bool,
    /// The default, or the expression of a generated column, as PostgreSQL writes it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) default: Option<String>,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) default_is_constant: bool,
    /// Whether it is computed from other columns.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) generated: bool,
    /// Whether it is an identity column.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) identity: bool,
    /// The collation, where two different texts can be equal under it.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) loose_collation: Option<String>,
    /// Whether it came from a parent of its table.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) inherited: bool,
}

impl Column {
    pub(super) const SQL: &str = "\
        WITH RECURSIVE base (domain, base) AS ( \
            SELECT oid, typbasetype FROM pg_catalog.pg_type WHERE typtype = 'd' \
            UNION ALL \
            SELECT base.domain, t.typbasetype \
            FROM base JOIN pg_catalog.pg_type AS t ON t.oid = base.base AND t.typtype = 'd' \
        ), plain (domain, base) AS ( \
            SELECT base.domain, base.base \
            FROM base JOIN pg_catalog.pg_type AS t ON t.oid = base.base AND t.typtype <> 'd' \
        ) \
        SELECT a.attrelid AS relation, a.attnum AS number, a.attname::text AS name, \
               pg_catalog.format_type(a.atttypid, a.atttypmod) AS type_sql, \
               b.typname::text AS base, b.typcategory::text AS category, t.typtype = 'd' AS is_domain, \
               b.typnamespace = 'pg_catalog'::pg_catalog.regnamespace AS base_is_built_in, \
               a.attnotnull AS not_null, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS \"default\", \
               coalesce(d.adbin::text LIKE '{CONST %', false) AS default_is_constant, \
               a.attgenerated <> '' AS generated, a.attidentity <> '' AS identity, \
               (SELECT pg_catalog.quote_ident(l.collname) FROM pg_catalog.pg_collation AS l \
                WHERE l.oid = a.attcollation AND NOT l.collisdeterministic) AS loose_collation, \
               a.attinhcount > 0 AS inherited \
        FROM pg_catalog.pg_attribute AS a \
        JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f') \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
            AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
            AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%' \
        JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid \
        LEFT JOIN plain ON plain.domain = t.oid \
        JOIN pg_catalog.pg_type AS b ON b.oid = coalesce(plain.base, t.oid) \
        LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum \
        WHERE a.attnum > 0 AND NOT a.attisdropped \
        ORDER BY a.attrelid, a.attnum";
}

/// A sequence that gives a column its values: of an identity column, or named by a default.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct SequenceUse {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = SmallInt)]
    pub(in crate::audit) column: i16,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) sequence: u32,
    /// With its schema, quoted where it has to be.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
}

impl SequenceUse {
    pub(super) const SQL: &str = "\
        SELECT u.relation, u.number AS \"column\", s.oid AS sequence, \
               pg_catalog.format('%I.%I', n.nspname, s.relname) AS name \
        FROM ( \
            SELECT f.adrelid AS relation, f.adnum AS number, d.refobjid AS sequence \
            FROM pg_catalog.pg_attrdef AS f \
            JOIN pg_catalog.pg_depend AS d ON d.objid = f.oid \
                AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass \
                AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'n' \
            UNION \
            SELECT d.refobjid, d.refobjsubid::int2, d.objid FROM pg_catalog.pg_depend AS d \
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
              AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype = 'i' \
              AND d.refobjsubid > 0 \
        ) AS u \
        JOIN pg_catalog.pg_class AS s ON s.oid = u.sequence AND s.relkind = 'S' \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace \
        ORDER BY u.relation, u.number";
}
