//! What can be read from the catalog without an attack: the role, and tables nobody declared.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Oid, Text};

use super::Probe;
use super::catalog::{Ownership, Relation, display_name};
use super::report::{Attack, ObjectKind};
use super::session::lines;

/// The schema of the library's own tables, which are in no registry: the application's role has no
/// privilege on them.
const OWN_SCHEMA: &str = "tenancy";

/// What reaches the rows of a table.
const ALL: [&str; 5] = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"];

#[derive(QueryableByName)]
struct RoleRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    own: bool,
    #[diesel(sql_type = Bool)]
    exempt: bool,
    #[diesel(sql_type = Bool)]
    owns: bool,
}

#[derive(QueryableByName)]
struct TableRow {
    #[diesel(sql_type = Oid)]
    oid: u32,
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    has_column: bool,
}

#[derive(QueryableByName)]
struct Privilege {
    #[diesel(sql_type = Bool)]
    may: bool,
}

impl Probe<'_> {
    /// Whether the role is, or can become, one that policies do not bind.
    pub(super) fn check_role(&mut self) -> QueryResult<()> {
        let tables: Vec<u32> = self.scoped.iter().map(|table| table.oid).collect();
        let rows: Vec<RoleRow> = diesel::sql_query(
            "SELECT r.rolname::text AS name, r.rolname = $1 AS own,
                    r.rolsuper OR r.rolbypassrls AS exempt,
                    EXISTS (SELECT FROM pg_catalog.pg_class c
                            WHERE c.relowner = r.oid AND c.oid = ANY ($2)) AS owns
             FROM pg_catalog.pg_roles r WHERE pg_has_role($1, r.oid, 'MEMBER') ORDER BY 1",
        )
        .bind::<Text, _>(&self.settings.role)
        .bind::<Array<Oid>, _>(tables)
        .load(self.conn)?;
        // A superuser is a member of every role, which says nothing more.
        let bound = rows.iter().all(|row| !(row.own && row.exempt));
        for row in rows.iter().filter(|row| row.own || bound) {
            let what = match (row.exempt, row.owns) {
                (true, _) => "row-level security does not apply to it",
                (_, true) => "it owns scoped tables and can switch their policies off",
                _ => continue,
            };
            let what = if row.own {
                what.to_owned()
            } else {
                format!("it can become `{}`: {what}", row.name)
            };
            let role = self.settings.role.clone();
            self.found_in(&role, ObjectKind::Role, Attack::Role, None, what);
        }
        Ok(())
    }

    /// Tables that look like those of tenants and are not in the registry.
    pub(super) fn check_unregistered(&mut self, known: &[u32]) -> QueryResult<()> {
        let mut names: Vec<&str> = self
            .scoped
            .iter()
            .filter(|table| !table.is_child)
            .filter_map(|table| match table.owner {
                Ownership::Column(column) => Some(column),
                _ => None,
            })
            .collect();
        // The key of the table of tenants is called `id`, like most others.
        names.retain(|name| *name != "id");
        let scoped: Vec<u32> = self.scoped.iter().map(|table| table.oid).collect();
        let rows: Vec<TableRow> = diesel::sql_query(
            "WITH tenant_type AS (
                 SELECT t.oid FROM pg_catalog.pg_attribute a
                 JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
                 JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace
                 WHERE a.attrelid = ANY ($3) AND a.attname::text = ANY ($2) AND a.attnum > 0
                     AND n.nspname <> 'pg_catalog')
             SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name,
                 EXISTS (SELECT FROM pg_catalog.pg_attribute a
                         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                             AND (a.attname::text = ANY ($2)
                                  OR a.atttypid IN (SELECT oid FROM tenant_type))) AS has_column
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't'
                 AND c.oid <> ALL ($1) AND NOT c.relispartition
                 AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                                 WHERE e.classid = 'pg_catalog.pg_class'::regclass
                                     AND e.objid = c.oid AND e.deptype = 'e')
                 AND (EXISTS (SELECT FROM pg_catalog.pg_constraint f
                              WHERE f.conrelid = c.oid AND f.contype = 'f'
                                  AND f.confrelid = ANY ($3))
                      OR EXISTS (SELECT FROM pg_catalog.pg_attribute a
                                 WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                                     AND (a.attname::text = ANY ($2)
                                          OR a.atttypid IN (SELECT oid FROM tenant_type))))
             ORDER BY 2, 3",
        )
        .bind::<Array<Oid>, _>(known)
        .bind::<Array<Text>, _>(names)
        .bind::<Array<Oid>, _>(scoped)
        .load(self.conn)?;
        for row in rows {
            let path = display_name(&row.schema, &row.name);
            if self.is_excluded(&path) || row.schema == OWN_SCHEMA && !self.may(row.oid, &ALL)? {
                continue;
            }
            let what = if row.has_column {
                "it has a tenant column, and the registry does not know it"
            } else {
                "it references a scoped table, and the registry does not know it"
            };
            self.found_in(&path, ObjectKind::Table, Attack::Unregistered, None, what);
        }
        Ok(())
    }

    /// A partition or child that the role may use, and that has no policies of its own.
    pub(super) fn check_child(&mut self, child: &Relation) -> QueryResult<()> {
        if !child.has_policies && self.may(child.oid, &ALL)? {
            let what = "the role may use it past the policies of its parent";
            self.found_in(
                &child.path,
                ObjectKind::Child,
                Attack::NoPolicies,
                None,
                what,
            );
        }
        Ok(())
    }

    /// Privileges that no application needs, and that reach past the policies.
    pub(super) fn check_privileges(&mut self, table: &Relation) -> QueryResult<()> {
        if self.may(table.oid, &["TRIGGER", "REFERENCES"])? {
            let what = "the role may create triggers on it or foreign keys to it";
            self.found_in(
                &table.path,
                ObjectKind::Table,
                Attack::Privileges,
                None,
                what,
            );
        }
        Ok(())
    }

    /// A shared table that one tenant could change for all.
    pub(super) fn check_shared(&mut self, path: &str, oid: u32) -> QueryResult<()> {
        if self.may(oid, &["INSERT", "UPDATE", "DELETE", "TRUNCATE"])? && !self.is_excluded(path) {
            let what = "every tenant reads it, and the role may write it";
            self.found_in(path, ObjectKind::Table, Attack::SharedWrite, None, what);
        }
        Ok(())
    }

    /// Whether the role has one of these privileges on a table or on a column of it.
    fn may(&mut self, oid: u32, privileges: &[&str]) -> QueryResult<bool> {
        let row: Privilege = diesel::sql_query(
            "SELECT coalesce(bool_or(
                 has_table_privilege($1, $2, p)
                 OR p NOT IN ('DELETE', 'TRUNCATE', 'TRIGGER') AND has_any_column_privilege($1, $2, p)), false)
                 AS may
             FROM unnest($3) AS p",
        )
        .bind::<Text, _>(&self.settings.role)
        .bind::<Oid, _>(oid)
        .bind::<Array<Text>, _>(privileges)
        .get_result(self.conn)?;
        Ok(row.may)
    }

    /// What a connection of the role begins with, such as its search path.
    pub(super) fn role_settings(&mut self) -> QueryResult<Vec<String>> {
        let sql = format!(
            "SELECT format('SELECT pg_catalog.set_config(%L, %L, true)', split_part(setting, '=', 1),
                           substr(setting, strpos(setting, '=') + 1)) AS line
             FROM pg_catalog.pg_db_role_setting s, unnest(s.setconfig) AS setting
             WHERE s.setrole = (SELECT oid FROM pg_catalog.pg_roles WHERE rolname = {})
                 AND setting ~ '^(search_path|row_security)='
                 AND s.setdatabase IN (0, (SELECT oid FROM pg_catalog.pg_database
                                           WHERE datname = current_database()))
             ORDER BY s.setdatabase",
            tenancy_diesel::quote_literal(&self.settings.role)
        );
        lines(self.conn, &sql)
    }
}
