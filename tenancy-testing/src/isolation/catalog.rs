//! What the database says about the tables.

use std::collections::BTreeMap;
use std::rc::Rc;

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Integer, Nullable, Oid, Text};
use tenancy_diesel::{Class, Registry, Table, quote_identifier, quote_literal};

use super::value::Type;

/// A table, partition or child table.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) oid: u32,
    /// As findings name it.
    pub(super) path: String,
    /// The path of the table in the registry that it is, or that it is a child of.
    pub(super) declared: String,
    /// As SQL names it.
    pub(super) sql: String,
    pub(super) owner: Ownership,
    pub(super) has_policies: bool,
    pub(super) is_child: bool,
    pub(super) columns: Vec<Column>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// The primary key first.
    pub(super) unique: Vec<Vec<String>>,
}

/// How a row tells whose it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ownership {
    Column(&'static str),
    Via {
        column: &'static str,
        owner: &'static Table,
        key: &'static str,
    },
    Nobody,
}

impl Ownership {
    pub(super) fn of(registry: &Registry, class: Class) -> Ownership {
        match class {
            Class::Tenant { column } | Class::Root { column } => Ownership::Column(column),
            Class::Via {
                column,
                owner,
                owner_key,
            } => match registry.table(owner) {
                Some(owner) => Ownership::Via {
                    column,
                    owner,
                    key: owner_key,
                },
                None => Ownership::Nobody,
            },
            _ => Ownership::Nobody,
        }
    }

    /// The column that decides whose a row is.
    pub(super) fn column(&self) -> Option<&'static str> {
        match self {
            Ownership::Column(column) | Ownership::Via { column, .. } => Some(column),
            Ownership::Nobody => None,
        }
    }
}

#[derive(Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) ty: Type,
    pub(super) required: bool,
    pub(super) has_default: bool,
    /// Computed by the server: nobody can write it.
    pub(super) generated: bool,
    /// An identity whose value only the server gives, unless a statement overrides it.
    pub(super) identity: bool,
    pub(super) can_update: bool,
    pub(super) can_insert: bool,
}

#[derive(Debug)]
pub(super) struct ForeignKey {
    pub(super) columns: Vec<String>,
    pub(super) parent: u32,
    pub(super) parent_columns: Vec<String>,
}

impl Relation {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The columns that a plain statement can write.
    pub(super) fn writable(&self) -> impl Iterator<Item = &Column> {
        let columns = self.columns.iter();
        columns.filter(|column| !column.generated && !column.identity)
    }

    /// Whether a column is in a unique key.
    pub(super) fn in_key(&self, column: &str) -> bool {
        self.unique.iter().flatten().any(|name| name == column)
    }

    /// Whether a column is in a foreign key.
    pub(super) fn in_foreign_key(&self, column: &str) -> bool {
        let mut columns = self.foreign_keys.iter().flat_map(|key| &key.columns);
        columns.any(|name| name == column)
    }
}

/// The tables that were read so far.
#[derive(Debug)]
pub(super) struct Catalog {
    pub(super) registry: &'static Registry,
    role: String,
    known: BTreeMap<u32, Rc<Relation>>,
    scoped: BTreeMap<u32, &'static Table>,
}

#[derive(QueryableByName)]
struct RelationRow {
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    has_policies: bool,
}

#[derive(QueryableByName)]
struct ColumnRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Oid)]
    ty: u32,
    #[diesel(sql_type = Integer)]
    modifier: i32,
    #[diesel(sql_type = Bool)]
    required: bool,
    #[diesel(sql_type = Bool)]
    has_default: bool,
    #[diesel(sql_type = Bool)]
    generated: bool,
    #[diesel(sql_type = Bool)]
    identity: bool,
    #[diesel(sql_type = Bool)]
    can_update: bool,
    #[diesel(sql_type = Bool)]
    can_insert: bool,
}

#[derive(QueryableByName)]
struct KeyRow {
    #[diesel(sql_type = Array<Text>)]
    columns: Vec<String>,
    #[diesel(sql_type = Oid)]
    parent: u32,
    #[diesel(sql_type = Array<Text>)]
    parent_columns: Vec<String>,
}

#[derive(QueryableByName)]
struct OidRow {
    #[diesel(sql_type = Nullable<Oid>)]
    oid: Option<u32>,
}

impl Catalog {
    pub(super) fn new(registry: &'static Registry, role: &str) -> Catalog {
        Catalog {
            registry,
            role: role.to_owned(),
            known: BTreeMap::new(),
            scoped: BTreeMap::new(),
        }
    }

    /// Finds a table of the registry.
    pub(super) fn find(
        &mut self,
        conn: &mut PgConnection,
        table: &'static Table,
    ) -> QueryResult<Option<u32>> {
        let row: OidRow = diesel::sql_query("SELECT pg_catalog.to_regclass($1)::oid AS oid")
            .bind::<Text, _>(qualified(table.schema, table.name))
            .get_result(conn)?;
        if let Some(oid) = row.oid.filter(|_| table.class.is_scoped()) {
            self.scoped.insert(oid, table);
        }
        Ok(row.oid)
    }

    pub(super) fn is_scoped(&self, oid: u32) -> bool {
        self.scoped.contains_key(&oid)
    }

    /// A table by its oid.
    pub(super) fn relation(
        &mut self,
        conn: &mut PgConnection,
        oid: u32,
    ) -> QueryResult<Rc<Relation>> {
        let table = self.scoped.get(&oid).copied();
        self.read(conn, oid, table, false)
    }

    /// The partitions and children of a scoped table, at every depth.
    pub(super) fn children(
        &mut self,
        conn: &mut PgConnection,
        parent: u32,
    ) -> QueryResult<Vec<Rc<Relation>>> {
        let Some(table) = self.scoped.get(&parent).copied() else {
            return Ok(Vec::new());
        };
        let rows: Vec<OidRow> = diesel::sql_query(
            "WITH RECURSIVE below (oid) AS (
                 SELECT inhrelid FROM pg_catalog.pg_inherits WHERE inhparent = $1
                 UNION
                 SELECT i.inhrelid FROM below JOIN pg_catalog.pg_inherits i ON i.inhparent = below.oid)
             SELECT oid FROM below ORDER BY oid",
        )
        .bind::<Oid, _>(parent)
        .load(conn)?;
        let children: Vec<u32> = rows
            .into_iter()
            .filter_map(|row| row.oid)
            .filter(|oid| !self.is_scoped(*oid))
            .collect();
        children
            .into_iter()
            .map(|oid| self.read(conn, oid, Some(table), true))
            .collect()
    }

    fn read(
        &mut self,
        conn: &mut PgConnection,
        oid: u32,
        table: Option<&'static Table>,
        is_child: bool,
    ) -> QueryResult<Rc<Relation>> {
        if let Some(known) = self.known.get(&oid) {
            return Ok(Rc::clone(known));
        }
        let row: RelationRow = diesel::sql_query(
            "SELECT n.nspname::text AS schema, c.relname::text AS name,
                    c.relrowsecurity AS has_policies
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.oid = $1",
        )
        .bind::<Oid, _>(oid)
        .get_result(conn)?;
        let owner = table.map_or(Ownership::Nobody, |table| {
            Ownership::of(self.registry, table.class)
        });
        let path = match table {
            Some(table) if !is_child => table.path.to_owned(),
            _ => display_name(&row.schema, &row.name),
        };
        let relation = Rc::new(Relation {
            oid,
            declared: table.map_or_else(|| path.clone(), |table| table.path.to_owned()),
            path,
            sql: qualified(Some(&row.schema), &row.name),
            owner,
            has_policies: row.has_policies,
            is_child,
            columns: self.columns(conn, oid)?,
            foreign_keys: foreign_keys(conn, oid)?,
            unique: unique(conn, oid)?,
        });
        self.known.insert(oid, Rc::clone(&relation));
        Ok(relation)
    }

    fn columns(&self, conn: &mut PgConnection, oid: u32) -> QueryResult<Vec<Column>> {
        let rows: Vec<ColumnRow> = diesel::sql_query(
            "SELECT a.attname::text AS name, a.atttypid AS ty, a.atttypmod AS modifier,
                    a.attnotnull OR t.typnotnull AS required,
                    a.atthasdef OR a.attidentity <> '' OR t.typdefault IS NOT NULL AS has_default,
                    a.attgenerated <> '' AS generated, a.attidentity = 'a' AS identity,
                    pg_catalog.has_column_privilege($2, a.attrelid, a.attnum, 'UPDATE') AS can_update,
                    pg_catalog.has_column_privilege($2, a.attrelid, a.attnum, 'INSERT') AS can_insert
             FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
             WHERE a.attrelid = $1 AND a.attnum > 0 AND NOT a.attisdropped
             ORDER BY a.attnum",
        )
        .bind::<Oid, _>(oid)
        .bind::<Text, _>(&self.role)
        .load(conn)?;
        rows.into_iter()
            .map(|row| {
                Ok(Column {
                    ty: Type::read(conn, row.ty, row.modifier)?,
                    name: row.name,
                    required: row.required,
                    has_default: row.has_default,
                    generated: row.generated,
                    identity: row.identity,
                    can_update: row.can_update,
                    can_insert: row.can_insert,
                })
            })
            .collect()
    }

    /// Whether a row of a table, under the name `alias`, is the tenant's.
    pub(super) fn belongs(&self, owner: Ownership, alias: &str, tenant: &str) -> String {
        match owner {
            Ownership::Column(column) => format!(
                "{alias}.{} = {}::{}",
                quote_identifier(column),
                quote_literal(tenant),
                self.registry.tenant_type
            ),
            Ownership::Via { column, owner, key } => {
                let inner = format!("{alias}_o");
                let above = Ownership::of(self.registry, owner.class);
                format!(
                    "EXISTS (SELECT FROM {} {inner} WHERE {inner}.{} = {alias}.{} AND {})",
                    qualified(owner.schema, owner.name),
                    quote_identifier(key),
                    quote_identifier(column),
                    self.belongs(above, &inner, tenant)
                )
            }
            Ownership::Nobody => "false".to_owned(),
        }
    }
}

fn foreign_keys(conn: &mut PgConnection, oid: u32) -> QueryResult<Vec<ForeignKey>> {
    let rows: Vec<KeyRow> = diesel::sql_query(
        "SELECT c.confrelid AS parent,
                ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k (num, pos)
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num
                      ORDER BY k.pos) AS columns,
                ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k (num, pos)
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num
                      ORDER BY k.pos) AS parent_columns
         FROM pg_catalog.pg_constraint c
         WHERE c.conrelid = $1 AND c.contype = 'f' ORDER BY c.oid",
    )
    .bind::<Oid, _>(oid)
    .load(conn)?;
    Ok(rows
        .into_iter()
        .map(|row| ForeignKey {
            columns: row.columns,
            parent: row.parent,
            parent_columns: row.parent_columns,
        })
        .collect())
}

/// Unique keys without expressions and conditions, which an upsert can name.
fn unique(conn: &mut PgConnection, oid: u32) -> QueryResult<Vec<Vec<String>>> {
    let rows: Vec<KeyRow> = diesel::sql_query(
        "SELECT i.indrelid AS parent, '{}'::text[] AS parent_columns,
                ARRAY(SELECT a.attname::text FROM unnest(i.indkey) WITH ORDINALITY k (num, pos)
                      JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.num
                      WHERE k.pos <= i.indnkeyatts ORDER BY k.pos) AS columns
         FROM pg_catalog.pg_index i
         WHERE i.indrelid = $1 AND i.indisunique AND i.indimmediate AND i.indisvalid
             AND i.indexprs IS NULL AND i.indpred IS NULL
         ORDER BY i.indisprimary DESC, i.indexrelid",
    )
    .bind::<Oid, _>(oid)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.columns).collect())
}

/// A name as findings write it.
pub(super) fn display_name(schema: &str, name: &str) -> String {
    match schema {
        "public" => name.to_owned(),
        _ => format!("{schema}.{name}"),
    }
}

/// A quoted name.
pub(super) fn qualified(schema: Option<&str>, name: &str) -> String {
    match schema {
        Some(schema) => format!("{}.{}", quote_identifier(schema), quote_identifier(name)),
        None => quote_identifier(name),
    }
}
