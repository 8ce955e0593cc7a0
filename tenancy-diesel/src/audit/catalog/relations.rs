use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Oid, Text};
use tenancy_core::quote_identifier;

/// A row of `pg_class`: a table (`r`), partitioned table (`p`), view (`v`), materialized view (`m`) or
/// foreign table (`f`) outside of PostgreSQL's own schemas.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Relation {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) oid: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) schema: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    /// `relkind`.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) kind: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) owner: u32,
    /// Whether row-level security is enabled.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) secured: bool,
    /// Whether it holds for the owner too.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) forced: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_partition: bool,
    /// `name=value`, such as `security_invoker=true`.
    #[diesel(sql_type = Array<Text>)]
    pub(in crate::audit) options: Vec<String>,
    /// Whether an extension brought it.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) of_extension: bool,
}

impl Relation {
    pub(super) const SQL: &str = "\
        SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, \
               c.relowner AS owner, c.relrowsecurity AS secured, c.relforcerowsecurity AS forced, \
               c.relispartition AS is_partition, coalesce(c.reloptions, '{}') AS options, \
               EXISTS (SELECT FROM pg_catalog.pg_depend AS d \
                       WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass \
                         AND d.objid = c.oid AND d.deptype = 'e') AS of_extension \
        FROM pg_catalog.pg_class AS c \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
        WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') \
          AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \
          AND n.nspname NOT LIKE 'pg\\_temp\\_%' AND n.nspname NOT LIKE 'pg\\_toast\\_temp\\_%' \
        ORDER BY c.oid";

    /// Whether it is a table, partitioned or not.
    pub(in crate::audit) fn is_table(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p")
    }

    /// `public.projects`, quoted where it has to be, for people to read.
    pub(in crate::audit) fn qualified(&self) -> String {
        format!("{}.{}", plain(&self.schema), plain(&self.name))
    }

    /// `"public"."projects"`, for SQL.
    pub(in crate::audit) fn quoted(&self) -> String {
        format!(
            "{}.{}",
            quote_identifier(&self.schema),
            quote_identifier(&self.name)
        )
    }
}

/// A partition, of whatever depth, and the table that it is a part of.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Partition {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) relation: u32,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) root: u32,
}

impl Partition {
    pub(super) const SQL: &str = "\
        SELECT oid AS relation, pg_catalog.pg_partition_root(oid)::oid AS root \
        FROM pg_catalog.pg_class WHERE relispartition AND relkind IN ('r', 'p', 'f') ORDER BY oid";
}

/// A name as `quote_ident` writes it, but that keywords stay as they are.
pub(in crate::audit) fn plain(name: &str) -> String {
    crate::policy::predicate::type_name(name)
}
