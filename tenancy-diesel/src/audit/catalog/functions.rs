use diesel::QueryableByName;
use diesel::sql_types::{Bool, Oid, Text};

use super::super::{Object, ObjectKind};
use super::relations::plain;

/// A row of `pg_proc` outside of PostgreSQL's own schemas.
#[derive(Debug, QueryableByName)]
pub(in crate::audit) struct Function {
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) oid: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) schema: String,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) name: String,
    /// Its arguments, as ALTER FUNCTION names it by.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) arguments: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::audit) owner: u32,
    /// Whether it runs with the privileges of its owner.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_definer: bool,
    /// Whether it is said to tell nothing of its arguments.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) is_leakproof: bool,
    /// `i` immutable, `s` stable, `v` volatile.
    #[diesel(sql_type = Text)]
    pub(in crate::audit) volatility: String,
    /// Whether it returns many values, or a row.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) returns_rows: bool,
    #[diesel(sql_type = Text)]
    pub(in crate::audit) returns: String,
    /// Whether it sets its own search path.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) has_search_path: bool,
    /// Whether an extension brought it.
    #[diesel(sql_type = Bool)]
    pub(in crate::audit) of_extension: bool,
}

impl Function {
    /// Of PostgreSQL's own, the ones that are worth a look: that of the server's files, and those that
    /// tell of their arguments but are said not to.
    pub(super) const SQL: &str = "\
        SELECT p.oid, n.nspname::text AS schema, p.proname::text AS name, \
               pg_catalog.pg_get_function_identity_arguments(p.oid) AS arguments, \
               p.proowner AS owner, p.prosecdef AS is_definer, \
               p.proleakproof AS is_leakproof, p.provolatile::text AS volatility, \
               (p.proretset OR t.typtype = 'c' OR p.prorettype = 'record'::pg_catalog.regtype) \
                   AS returns_rows, \
               pg_catalog.format_type(p.prorettype, NULL) AS returns, \
               EXISTS (SELECT FROM pg_catalog.unnest(p.proconfig) AS c WHERE c LIKE 'search\\_path=%') \
                   AS has_search_path, \
               EXISTS (SELECT FROM pg_catalog.pg_depend AS d \
                       WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass \
                         AND d.objid = p.oid AND d.deptype = 'e') AS of_extension \
        FROM pg_catalog.pg_proc AS p \
        JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace \
        JOIN pg_catalog.pg_type AS t ON t.oid = p.prorettype \
        WHERE n.nspname NOT IN ('pg_catalog', 'information_schema') \
           OR p.proname IN ('lo_import', 'lo_export', 'pg_read_file', 'pg_read_binary_file', \
                            'pg_ls_dir', 'pg_stat_file') \
           OR (p.proleakproof AND p.proname IN ( \
               'textlike', 'textnlike', 'texticlike', 'texticnlike', 'textregexeq', 'texticregexeq', \
               'lower', 'upper', 'substr', 'numeric_eq', 'numeric_lt', 'numeric_gt', 'enum_eq', \
               'jsonb_contains', 'jsonb_exists', 'jsonb_object_field_text', 'ts_match_vq', \
               'ts_match_tq', 'array_eq', 'int4div', 'int8div')) \
        ORDER BY p.oid";

    pub(in crate::audit) fn object(&self) -> Object {
        let name = format!(
            "{}.{}({})",
            plain(&self.schema),
            plain(&self.name),
            self.arguments
        );
        Object::new(ObjectKind::Function, name)
    }

    /// The words `FUNCTION "public"."f"(integer)`, for SQL. A procedure too is a routine.
    pub(in crate::audit) fn routine(&self) -> String {
        format!(
            "ROUTINE {}.{}({})",
            tenancy_core::quote_identifier(&self.schema),
            tenancy_core::quote_identifier(&self.name),
            self.arguments
        )
    }
}
