use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Nullable, Oid, SmallInt, Text};

/// A row of `pg_constraint`, of a table. Copies that partitions have of it are left out.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Constraint {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    /// `c` CHECK, `f` FOREIGN KEY, `n` NOT NULL, `p` PRIMARY KEY, `u` UNIQUE, `x` EXCLUDE.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) kind: String,
    /// The columns, by their numbers. 0 stands for an expression.
    #[diesel(sql_type = Array<SmallInt>)]
    pub(in crate::audit) columns: Vec<i16>,
    /// Of a foreign key: the table that it points to.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) target: u32,
    /// Of a foreign key: the columns that it points to, in the order of `columns`.
    #[diesel(sql_type = Array<SmallInt>)]
    pub(in crate::audit) target_columns: Vec<i16>,
    /// Of a foreign key: `a` no action, `r` restrict, `c` cascade, `n` set null, `d` set default.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) on_delete: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) on_update: String,
    /// Of ON DELETE SET NULL and SET DEFAULT: the columns that are set, where not all are.
    #[diesel(sql_type = Array<SmallInt>)]
    pub(in crate::audit) set_columns: Vec<i16>,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) validated: bool,
    /// The index behind it, or the index that a foreign key points to.
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) index: u32,
    /// As it stands in CREATE TABLE.
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::audit) definition: Option<String>,
}

impl Constraint {
    /// `confdelsetcols` came with PostgreSQL 15.
    pub(super) const SQL: &str = "\
        SELECT c.conrelid AS relation, c.conname::text AS name, c.contype::text AS kind, \
               coalesce(c.conkey, '{}') AS columns, c.confrelid AS target, \
               coalesce(c.confkey, '{}') AS target_columns, c.confdeltype::text AS on_delete, \
               c.confupdtype::text AS on_update, \
               CASE WHEN c.contype = 'f' AND c.confdeltype IN ('n', 'd') THEN ARRAY( \
                   SELECT n::int2 FROM pg_catalog.jsonb_array_elements_text( \
                       CASE WHEN pg_catalog.jsonb_typeof(pg_catalog.to_jsonb(c) -> 'confdelsetcols') = 'array' \
                            THEN pg_catalog.to_jsonb(c) -> 'confdelsetcols' ELSE '[]' END) AS n) \
                   ELSE '{}' END AS set_columns, \
               c.convalidated AS validated, c.conindid AS \"index\", \
               CASE WHEN c.contype <> 'n' THEN pg_catalog.pg_get_constraintdef(c.oid) END AS definition \
        FROM pg_catalog.pg_constraint AS c \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.connamespace \
        WHERE c.conrelid <> 0 AND c.conparentid = 0 AND c.contype IN ('c', 'f', 'n', 'p', 'u', 'x') \
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
        ORDER BY c.conrelid, c.conname";

    pub(in crate::audit) fn is_foreign_key(&self) -> bool {
        self.kind == "f"
    }
}
