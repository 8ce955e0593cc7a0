//! The tables of the database and the foreign keys between them, as far as an erasure asks.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Bool, Oid, Text};

use super::error::ErasureError;
use super::link::Link;
use super::session::{Session, Statement};
use crate::policy::predicate::type_name;
use crate::search_path::TRUSTED;
use crate::{Registry, Table, quote_identifier};

#[derive(Debug)]
pub(super) struct Catalog {
    /// By oid.
    pub(super) relations: Vec<Relation>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    /// What the tables of the registry are, in its order; 0 where there is none.
    pub(super) registered: Vec<u32>,
    pub(super) server: Server,
}

#[derive(Debug, QueryableByName)]
pub(super) struct Relation {
    #[diesel(sql_type = Oid)]
    pub(super) oid: u32,
    #[diesel(sql_type = Text)]
    pub(super) schema: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    /// `pg_class.relkind`
    #[diesel(sql_type = Text)]
    pub(super) kind: String,
    /// What it is a partition of, or inherits from; 0 where nothing.
    #[diesel(sql_type = Oid)]
    pub(super) parent: u32,
    #[diesel(sql_type = Bool)]
    pub(super) is_partition: bool,
    #[diesel(sql_type = Bool)]
    pub(super) has_children: bool,
    #[diesel(sql_type = Array<Text>)]
    pub(super) columns: Vec<String>,
    /// The types of the columns, as SQL writes them.
    #[diesel(sql_type = Array<Text>)]
    pub(super) types: Vec<String>,
    /// Those that are NOT NULL.
    #[diesel(sql_type = Array<Text>)]
    pub(super) required: Vec<String>,
    /// Those that the role may update.
    #[diesel(sql_type = Array<Text>)]
    pub(super) updatable: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    pub(super) primary_key: Vec<String>,
    /// Whether the role may read it.
    #[diesel(sql_type = Bool)]
    pub(super) reads: bool,
    #[diesel(sql_type = Bool)]
    pub(super) deletes: bool,
    /// Whether the role may look into the schema.
    #[diesel(sql_type = Bool)]
    pub(super) enters: bool,
}

#[derive(Debug, QueryableByName)]
pub(super) struct ForeignKey {
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Oid)]
    pub(super) target: u32,
    #[diesel(sql_type = Array<Text>)]
    pub(super) columns: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    pub(super) target_columns: Vec<String>,
    /// With which a value of the target, on the left, is compared: `OPERATOR(pg_catalog.=)`.
    #[diesel(sql_type = Array<Text>)]
    pub(super) operators: Vec<String>,
    /// `a` no action, `r` restrict, `c` cascade, `n` set null, `d` set default.
    #[diesel(sql_type = Text)]
    pub(super) on_delete: String,
}

#[derive(Debug, QueryableByName)]
pub(super) struct Server {
    #[diesel(sql_type = Bool)]
    pub(super) is_standby: bool,
    #[diesel(sql_type = Bool)]
    pub(super) counts: bool,
    #[diesel(sql_type = Bool)]
    pub(super) has_ledger: bool,
    /// Whether the library's own queue has been used: what is in it is not the role's to see.
    #[diesel(sql_type = Bool)]
    pub(super) has_jobs: bool,
    /// Whether the role may read the ledger and add to it.
    #[diesel(sql_type = Bool)]
    pub(super) keeps_ledger: bool,
}

/// It runs under the search path of the connection: no operators, and types with their schema.
const REGISTERED: &str = "\
    SELECT coalesce(pg_catalog.to_regclass(name)::pg_catalog.oid, 0::pg_catalog.oid) AS oid \
    FROM pg_catalog.unnest($1::pg_catalog.text[]) WITH ORDINALITY AS t (name, place) ORDER BY place";

const RELATIONS: &str = "\
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, \
        coalesce((SELECT i.inhparent FROM pg_inherits AS i WHERE i.inhrelid = c.oid \
                  ORDER BY i.inhseqno LIMIT 1), 0::oid) AS parent, c.relispartition AS is_partition, \
        EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = c.oid) AS has_children, \
        a.columns, a.types, a.required, a.updatable, \
        ARRAY(SELECT k.attname::text FROM pg_index AS x \
              JOIN pg_attribute AS k ON k.attrelid = x.indrelid AND k.attnum = ANY (x.indkey::int2[]) \
              WHERE x.indrelid = c.oid AND x.indisprimary ORDER BY k.attnum) AS primary_key, \
        has_table_privilege(c.oid, 'SELECT') AS reads, \
        has_table_privilege(c.oid, 'DELETE') AS deletes, \
        has_schema_privilege(n.oid, 'USAGE') AS enters \
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
    CROSS JOIN LATERAL ( \
        SELECT coalesce(array_agg(a.attname::text ORDER BY a.attnum), '{}') AS columns, \
            coalesce(array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum), '{}') AS types, \
            coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attnotnull), '{}') \
                AS required, \
            coalesce(array_agg(a.attname::text ORDER BY a.attnum) \
                FILTER (WHERE has_column_privilege(c.oid, a.attnum, 'UPDATE')), '{}') AS updatable \
        FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS a \
    WHERE c.relkind IN ('r', 'p', 'm', 'f') AND c.relpersistence <> 't' \
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'tenancy') \
        AND NOT EXISTS (SELECT FROM pg_depend AS d \
            WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
    ORDER BY c.oid";

const FOREIGN_KEYS: &str = "\
    SELECT k.conname::text AS name, k.conrelid AS relation, k.confrelid AS target, \
        ARRAY(SELECT a.attname::text FROM unnest(k.conkey) WITH ORDINALITY AS u (n, place) \
            JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n ORDER BY place) AS columns, \
        ARRAY(SELECT a.attname::text FROM unnest(k.confkey) WITH ORDINALITY AS u (n, place) \
            JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n ORDER BY place) \
            AS target_columns, \
        ARRAY(SELECT format('OPERATOR(%I.%s)', n.nspname, o.oprname) \
            FROM unnest(k.conpfeqop) WITH ORDINALITY AS u (operator, place) \
            JOIN pg_operator AS o ON o.oid = u.operator \
            JOIN pg_namespace AS n ON n.oid = o.oprnamespace ORDER BY place) AS operators, \
        k.confdeltype::text AS on_delete \
    FROM pg_constraint AS k WHERE k.contype = 'f' AND k.conparentid = 0 \
    ORDER BY k.conrelid, k.conname";

const SERVER: &str = "\
    SELECT pg_is_in_recovery() AS is_standby, current_setting('track_counts')::bool AS counts, \
        l.oid IS NOT NULL AS has_ledger, \
        EXISTS (SELECT FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
            WHERE n.nspname = 'tenancy' AND c.relname IN ('jobs', 'jobs_done') AND c.relkind = 'r' \
                AND pg_relation_size(c.oid) > 0) AS has_jobs, \
        coalesce(has_schema_privilege(l.relnamespace, 'USAGE') AND has_table_privilege(l.oid, 'SELECT') \
            AND (SELECT bool_and(has_column_privilege(l.oid, c.name, 'INSERT')) \
                 FROM unnest(ARRAY['erasure', 'tenant', 'kind', 'actor', 'reason', 'step', 'name', 'items', \
                     'bytes', 'started_at', 'report']) AS c (name)), false) AS keeps_ledger \
    FROM (SELECT) AS one LEFT JOIN ( \
        SELECT c.oid, c.relnamespace FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
        WHERE n.nspname = 'tenancy' AND c.relname = 'erasures' AND c.relkind = 'r') AS l ON true";

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Oid)]
    oid: u32,
}

impl Catalog {
    /// Reads it in the open transaction, whose search path is PostgreSQL's own afterwards.
    pub(super) async fn load<L: Link>(
        session: &mut Session<L>,
        registry: &Registry,
    ) -> Result<Self, ErasureError> {
        let names = registry.tables.iter().map(quoted).collect();
        let registered: Vec<Number> = session
            .load(Statement::new(REGISTERED).texts(names))
            .await?;
        session.set(TRUSTED).await?;
        Ok(Catalog {
            registered: registered.into_iter().map(|number| number.oid).collect(),
            relations: session.load(Statement::new(RELATIONS)).await?,
            foreign_keys: session.load(Statement::new(FOREIGN_KEYS)).await?,
            server: session.one(Statement::new(SERVER)).await?,
        })
    }

    pub(super) fn relation(&self, oid: u32) -> Option<&Relation> {
        let found = self
            .relations
            .binary_search_by_key(&oid, |relation| relation.oid);
        found.ok().map(|index| &self.relations[index])
    }

    /// The table that stands for a partition, or for one that inherits from a table that holds rows of
    /// tenants.
    pub(super) fn top(&self, oid: u32, holds: &dyn Fn(&Relation) -> bool) -> u32 {
        let mut top = oid;
        // No chain is longer than there are relations.
        for _ in 0..self.relations.len() {
            let Some(relation) = self.relation(top) else {
                break;
            };
            let parent = self.relation(relation.parent);
            let is_part = relation.is_partition
                || (!self.registered.contains(&top) && parent.is_some_and(holds));
            if relation.parent == 0 || !is_part {
                break;
            }
            top = relation.parent;
        }
        top
    }

    /// A table and all below it.
    pub(super) fn family(&self, oid: u32) -> Vec<u32> {
        let mut family = vec![oid];
        let mut next = 0;
        while let Some(&parent) = family.get(next) {
            let children = self.relations.iter().filter(|child| child.parent == parent);
            family.extend(children.map(|child| child.oid));
            next += 1;
        }
        family
    }

    /// A table by the name that a caller gives: with its schema, or in the schema that sorts first among
    /// those that have it, `public` before all.
    pub(super) fn named(&self, name: &str) -> Option<&Relation> {
        let name = name.replace("::", ".");
        let mut found: Vec<&Relation> = (self.relations.iter())
            .filter(|relation| {
                !relation.is_partition
                    && (relation.name == name
                        || format!("{}.{}", relation.schema, relation.name) == name)
            })
            .collect();
        found.sort_by_key(|relation| (relation.schema != "public", relation.schema.as_str()));
        found.first().copied()
    }
}

impl Relation {
    /// `public.projects`, quoted where it has to be, for people to read.
    pub(super) fn shown(&self) -> String {
        format!("{}.{}", type_name(&self.schema), type_name(&self.name))
    }

    /// `"public"."projects"`
    pub(super) fn quoted(&self) -> String {
        format!(
            "{}.{}",
            quote_identifier(&self.schema),
            quote_identifier(&self.name)
        )
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }

    pub(super) fn type_of(&self, column: &str) -> Option<&str> {
        let place = self.columns.iter().position(|name| name == column)?;
        self.types.get(place).map(String::as_str)
    }

    pub(super) fn is_table(&self) -> bool {
        matches!(self.kind.as_str(), "r" | "p")
    }
}

/// The name of a table as a query of the application has it.
fn quoted(table: &Table) -> String {
    let name = quote_identifier(table.name);
    table.schema.map_or_else(
        || name.clone(),
        |schema| format!("{}.{name}", quote_identifier(schema)),
    )
}
