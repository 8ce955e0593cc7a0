use diesel::QueryableByName;
use diesel::sql_types::{Array, BigInt, Bool, Float, Nullable, Oid, SmallInt, Text};

/// A row of `pg_index`. Copies that partitions have of it are left out.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Index {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) oid: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) schema: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) unique: bool,
    /// Whether the planner may use it, and writes keep it up.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) valid: bool,
    /// Whether uniqueness is checked at once.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) immediate: bool,
    /// The columns that it is sorted by, by their numbers. 0 stands for an expression.
    #[diesel(sql_type = Array<SmallInt>)]
    pub(in crate::audit) columns: Vec<i16>,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) partial: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) partitioned: bool,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) definition: String,
    /// The constraint that it stands behind.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) constraint: Option<String>,
}

impl Index {
    pub(super) const SQL: &str = "\
        SELECT i.indrelid AS relation, i.indexrelid AS oid, n.nspname::text AS schema, \
               c.relname::text AS name, i.indisunique AS \"unique\", \
               i.indisvalid AND i.indisready AND i.indislive AS valid, i.indimmediate AS immediate, \
               (i.indkey::int2[])[0:i.indnkeyatts - 1] AS columns, i.indpred IS NOT NULL AS partial, \
               c.relkind = 'I' AS partitioned, pg_catalog.pg_get_indexdef(i.indexrelid) AS definition, \
               k.conname::text AS \"constraint\" \
        FROM pg_catalog.pg_index AS i \
        JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid AND NOT c.relispartition \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
            AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
        LEFT JOIN pg_catalog.pg_constraint AS k ON k.conindid = i.indexrelid \
            AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x') \
        ORDER BY i.indrelid, c.relname";
}

/// What the statistics say about a table.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Activity {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    /// How often it was read from end to end.
    #[diesel(sql_type = BigInt)]
    pub(in crate::audit) scans: i64,
    /// Rows, by the statistics or by the planner's estimate. Below zero where neither knows.
    #[diesel(sql_type = Float)]
    pub(in crate::audit) rows: f32,
}

impl Activity {
    /// With the partitions, which are what is scanned.
    pub(super) const SQL: &str = "\
        SELECT coalesce(pg_catalog.pg_partition_root(c.oid)::oid, c.oid) AS relation, \
               pg_catalog.sum(pg_catalog.pg_stat_get_numscans(c.oid))::int8 AS scans, \
               pg_catalog.max(greatest(c.reltuples, nullif( \
                   pg_catalog.pg_stat_get_live_tuples(c.oid), 0)::float4)) AS rows \
        FROM pg_catalog.pg_class AS c \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p') \
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
        GROUP BY 1 ORDER BY 1";
}

/// A key of an index: what row-level security lets it be used for.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct IndexKey {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) index: u32,
    /// With its schema, quoted where it has to be.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) index_name: String,
    /// The same of its table.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) table_name: String,
    /// The column or expression.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) key: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) class: String,
    /// The type that the operator class is for.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) key_type: String,
    /// The operators that the index answers and that are not LEAKPROOF.
    #[diesel(sql_type = Array<Text>)]
    pub(in crate::audit) leaky: Vec<String>,
    /// What the expressions of the index call that is not LEAKPROOF.
    #[diesel(sql_type = Array<Text>)]
    pub(in crate::audit) calls: Vec<String>,
}

impl IndexKey {
    /// Only keys that row-level security keeps from something, and those of pattern classes.
    ///
    /// Where an operator class has operators of two values of its own type, those decide: that a
    /// comparison of a timestamp with a date is not LEAKPROOF hurts nobody who compares timestamps. The
    /// expressions are taken from the tree that PostgreSQL keeps, because no dependency is recorded on
    /// its own functions.
    pub(in crate::audit) const SQL: &str = "\
        WITH keys AS ( \
            SELECT i.indexrelid, i.indrelid, p.ordinality::int4 AS position, p.opclass, \
                   pg_catalog.format('%I.%I', n.nspname, c.relname) AS index_name, \
                   (i.indkey::int2[])[p.ordinality - 1] = 0 AS is_expression \
            FROM pg_catalog.pg_index AS i \
            JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid AND NOT c.relispartition \
            JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
                AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast'), \
                pg_catalog.unnest(i.indclass::oid[]) WITH ORDINALITY AS p (opclass, ordinality) \
            WHERE p.ordinality <= i.indnkeyatts \
        ), operators AS ( \
            SELECT k.opclass, o.oprname, f.proleakproof, \
                   bool_or(a.amoplefttype = a.amoprighttype) OVER (PARTITION BY k.opclass) AS has_own, \
                   a.amoplefttype = a.amoprighttype AS own \
            FROM (SELECT DISTINCT opclass FROM keys) AS k \
            JOIN pg_catalog.pg_opclass AS l ON l.oid = k.opclass \
            JOIN pg_catalog.pg_amop AS a ON a.amopfamily = l.opcfamily AND a.amoppurpose = 's' \
                AND a.amoplefttype = l.opcintype \
            JOIN pg_catalog.pg_operator AS o ON o.oid = a.amopopr \
            JOIN pg_catalog.pg_proc AS f ON f.oid = o.oprcode \
        ), classes AS ( \
            SELECT opclass, \
                   coalesce(array_agg(DISTINCT oprname::text) FILTER (WHERE NOT proleakproof), '{}') AS leaky \
            FROM operators WHERE own OR NOT has_own GROUP BY opclass \
        ), calls AS ( \
            SELECT i.indexrelid, array_agg(DISTINCT f.name) AS names \
            FROM pg_catalog.pg_index AS i, \
                pg_catalog.regexp_matches(i.indexprs::text, ':(funcid|opno) (\\d+)|(COERCEVIAIO)', 'g') AS m, \
                LATERAL ( \
                    SELECT p.proname::text AS name FROM pg_catalog.pg_proc AS p \
                    WHERE m[1] = 'funcid' AND p.oid = m[2]::oid AND NOT p.proleakproof \
                    UNION ALL \
                    SELECT o.oprname::text FROM pg_catalog.pg_operator AS o \
                    JOIN pg_catalog.pg_proc AS p ON p.oid = o.oprcode \
                    WHERE m[1] = 'opno' AND o.oid = m[2]::oid AND NOT p.proleakproof \
                    UNION ALL SELECT 'a cast by way of text' WHERE m[3] IS NOT NULL \
                ) AS f \
            WHERE i.indexprs IS NOT NULL GROUP BY i.indexrelid \
        ) \
        SELECT k.indexrelid AS \"index\", k.index_name, \
               pg_catalog.format('%I.%I', n.nspname, t.relname) AS table_name, \
               pg_catalog.pg_get_indexdef(k.indexrelid, k.position, true) AS key, \
               l.opcname::text AS class, \
               pg_catalog.format_type(l.opcintype, NULL) AS key_type, \
               coalesce(s.leaky, '{}') AS leaky, \
               CASE WHEN k.is_expression THEN coalesce(c.names, '{}') ELSE '{}' END AS calls \
        FROM keys AS k \
        JOIN pg_catalog.pg_class AS t ON t.oid = k.indrelid \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace \
        JOIN pg_catalog.pg_opclass AS l ON l.oid = k.opclass \
        LEFT JOIN classes AS s ON s.opclass = k.opclass \
        LEFT JOIN calls AS c ON c.indexrelid = k.indexrelid \
        WHERE s.leaky <> '{}' OR k.is_expression \
           OR l.opcname LIKE '%\\_pattern\\_ops' AND NOT (SELECT p.proleakproof FROM pg_catalog.pg_proc AS p \
              WHERE p.oid = 'pg_catalog.textlike(text, text)'::pg_catalog.regprocedure) \
        ORDER BY k.indexrelid, k.position";
}
