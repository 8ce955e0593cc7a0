//! What is read of the database.

use std::collections::BTreeMap;

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Nullable, Oid, Text};
use tenancy_core::{Class, Registry, Table};

use super::{PolicyDiffError, ReferenceSource};
use crate::policy::canonical::{Names, ROW, Reference, canonical, normalised};
use crate::policy::columns::tenant_column;
use crate::policy::name::qualified;
use crate::policy::predicate::condition_of_row;
use crate::policy::{OnMissing, PolicyOptions};

pub(super) struct Live {
    pub(super) relations: Vec<Relation>,
    pub(super) policies: Vec<LivePolicy>,
    pub(super) grants: Vec<Grant>,
    pub(super) indexes: Vec<Named>,
    pub(super) constraints: Vec<Named>,
    pub(super) columns: Vec<LiveColumn>,
    /// Of each scoped table, by its path.
    pub(super) conditions: BTreeMap<String, CanonicalCondition>,
}

/// A table of the registry, or one of its partitions and inheritance children.
#[derive(Debug, QueryableByName)]
pub(super) struct Relation {
    #[diesel(sql_type = Text)]
    pub(super) path: String,
    #[diesel(sql_type = Oid)]
    pub(super) oid: u32,
    /// With its schema, quoted.
    #[diesel(sql_type = Text)]
    pub(super) display: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) quoted_name: String,
    #[diesel(sql_type = Bool)]
    pub(super) is_foreign: bool,
    #[diesel(sql_type = Bool)]
    pub(super) is_child: bool,
    #[diesel(sql_type = Bool)]
    pub(super) enabled: bool,
    #[diesel(sql_type = Bool)]
    pub(super) forced: bool,
}

#[derive(Debug, Clone, QueryableByName)]
pub(super) struct LivePolicy {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Bool)]
    pub(super) permissive: bool,
    #[diesel(sql_type = Text)]
    pub(super) command: String,
    /// The empty name for PUBLIC.
    #[diesel(sql_type = Array<Text>)]
    pub(super) roles: Vec<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) using: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) check: Option<String>,
}

#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Grant {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    /// The empty name for PUBLIC.
    #[diesel(sql_type = Text)]
    pub(super) grantee: String,
    #[diesel(sql_type = Text)]
    pub(super) privilege: String,
    /// Quoted, where it is a privilege on one column.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) column: Option<String>,
    #[diesel(sql_type = Bool)]
    pub(super) grantable: bool,
}

/// An index that is valid, or a constraint that is validated.
#[derive(Debug, QueryableByName)]
pub(super) struct Named {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Bool)]
    pub(super) is_valid: bool,
}

#[derive(Debug, QueryableByName)]
pub(super) struct LiveColumn {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) type_name: String,
    #[diesel(sql_type = Bool)]
    pub(super) not_null: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) default: Option<String>,
}

#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

const RELATIONS: &str = "
    WITH RECURSIVE declared (path, relation, place) AS (
        SELECT path, pg_catalog.to_regclass(name)::oid, place
        FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2)) WITH ORDINALITY AS d (path, name, place)
    ),
    named (relation) AS (
        SELECT pg_catalog.to_regclass(name)::oid FROM pg_catalog.unnest($3) AS name
    ),
    tree (relation, path, place, is_child) AS (
        SELECT relation, path, place, false FROM declared WHERE relation IS NOT NULL
        UNION
        SELECT i.inhrelid, tree.path, tree.place, true
        FROM tree
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = tree.relation
        WHERE NOT EXISTS (SELECT FROM named WHERE named.relation = i.inhrelid)
    )
    SELECT tree.path, c.oid, pg_catalog.format('%I.%I', n.nspname, c.relname) AS display,
        c.relname::text AS name, pg_catalog.quote_ident(c.relname) AS quoted_name,
        c.relkind = 'f' AS is_foreign, tree.is_child,
        c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
    FROM tree
    JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    ORDER BY tree.place, tree.is_child, display";

const POLICIES: &str = "
    SELECT polrelid AS relation, polname::text AS name, polpermissive AS permissive,
        polcmd::text AS command,
        ARRAY(SELECT CASE role WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(role)::text END
            FROM pg_catalog.unnest(polroles) AS role ORDER BY 1) AS roles,
        pg_catalog.pg_get_expr(polqual, polrelid) AS using,
        pg_catalog.pg_get_expr(polwithcheck, polrelid) AS check
    FROM pg_catalog.pg_policy
    WHERE polrelid = ANY ($1)
    ORDER BY polrelid, polname";

const GRANTS: &str = "
    SELECT relation, grantee, privilege, \"column\", grantable FROM (
        SELECT c.oid AS relation, a.grantee AS oid, a.privilege_type AS privilege,
            NULL::text AS \"column\", a.is_grantable AS grantable
        FROM pg_catalog.pg_class AS c, pg_catalog.aclexplode(c.relacl) AS a
        WHERE c.oid = ANY ($1)
        UNION ALL
        SELECT t.attrelid, a.grantee, a.privilege_type, pg_catalog.quote_ident(t.attname), a.is_grantable
        FROM pg_catalog.pg_attribute AS t, pg_catalog.aclexplode(t.attacl) AS a
        WHERE t.attrelid = ANY ($1) AND NOT t.attisdropped
    ) AS g
    CROSS JOIN LATERAL (
        SELECT CASE g.oid WHEN 0 THEN '' ELSE pg_catalog.pg_get_userbyid(g.oid)::text END
    ) AS named (grantee)
    ORDER BY relation, grantee, \"column\", privilege";

const INDEXES: &str = "
    SELECT i.indrelid AS relation, c.relname::text AS name, i.indisvalid AS is_valid
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = ANY ($1)";

const CONSTRAINTS: &str = "
    SELECT conrelid AS relation, conname::text AS name, convalidated AS is_valid
    FROM pg_catalog.pg_constraint WHERE conrelid = ANY ($1)";

const COLUMNS: &str = "
    SELECT a.attrelid AS relation, a.attname::text AS name, t.typname::text AS type_name,
        a.attnotnull AS not_null, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS \"default\"
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped";

const REFERENCES: &str = "
    SELECT c.relname::text AS key, pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS value
    FROM pg_catalog.pg_policy AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'tenancy' AND p.polname = 'tenancy_scope' AND c.relname = ANY ($1)";

/// The types whose comparison the server shows without a cast.
const PLAIN_TYPES: [&str; 5] = ["uuid", "int2", "int4", "int8", "text"];

impl Live {
    /// In a transaction, which the caller rolls back.
    pub(super) fn read<C>(
        options: &PolicyOptions,
        registry: &Registry,
        tables: &[&'static Table],
        conn: &mut C,
    ) -> Result<Self, PolicyDiffError>
    where
        C: LoadConnection<Backend = Pg>,
    {
        let tables: Vec<&Table> = tables
            .iter()
            .copied()
            .filter(|table| table.class.is_scoped() || table.class == Class::Shared)
            .collect();
        let all: Vec<&Table> = registry.tables.iter().collect();
        let relations = relations(&tables, &all, conn)?;
        if let Some(missing) = tables
            .iter()
            .find(|table| relations.iter().all(|r| r.path != table.path))
        {
            return Err(PolicyDiffError::NoTable(missing.path.to_owned()));
        }
        let oids: Vec<u32> = relations.iter().map(|relation| relation.oid).collect();
        let conditions = canonical_conditions(registry, options.on_missing, &tables, conn)?;
        conn.batch_execute("SET LOCAL search_path = ''")?;
        Ok(Live {
            policies: load(POLICIES, &oids, conn)?,
            grants: load(GRANTS, &oids, conn)?,
            indexes: load(INDEXES, &oids, conn)?,
            constraints: load(CONSTRAINTS, &oids, conn)?,
            columns: load(COLUMNS, &oids, conn)?,
            relations,
            conditions,
        })
    }
}

/// What the condition of a scoped table's policies has to look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CanonicalCondition {
    /// As [`canonical`] has it: [`for_relation`](crate::policy::canonical::for_relation) puts in the name.
    pub(crate) text: String,
    /// Where it is from.
    pub(crate) source: ReferenceSource,
}

/// The canonical conditions of tables, by their paths. Tables that are not scoped are left out.
///
/// Works in a read-only transaction where the reference tables have all types that occur.
pub(crate) fn canonical_conditions<C>(
    registry: &Registry,
    on_missing: OnMissing,
    tables: &[&Table],
    conn: &mut C,
) -> Result<BTreeMap<String, CanonicalCondition>, PolicyDiffError>
where
    C: LoadConnection<Backend = Pg>,
{
    // The owners of a table need not be among those that are asked for.
    let all: Vec<&Table> = registry.tables.iter().collect();
    let every = relations(&all, &all, conn)?;
    let every: Vec<&Relation> = every.iter().filter(|r| !r.is_child).collect();
    let names = names(registry, &every, conn)?;
    let oids: Vec<u32> = every.iter().map(|relation| relation.oid).collect();
    let columns: Vec<LiveColumn> = load(COLUMNS, &oids, conn)?;
    let reference = reference(registry, on_missing, conn)?;
    let mut conditions = BTreeMap::new();
    for table in tables.iter().filter(|table| table.class.is_scoped()) {
        let known = reference
            .as_ref()
            .filter(|_| has_plain_types(registry, table, &every, &columns))
            .and_then(|reference| canonical(registry, table, reference, &names));
        let condition = match known {
            Some(text) => CanonicalCondition {
                text,
                source: ReferenceSource::ReferenceTables,
            },
            None => CanonicalCondition {
                text: look_alike(registry, table, on_missing, conn)?,
                source: ReferenceSource::LookAlike,
            },
        };
        conditions.insert(table.path.to_owned(), condition);
    }
    Ok(conditions)
}

fn load<R, C>(query: &str, oids: &[u32], conn: &mut C) -> QueryResult<Vec<R>>
where
    C: LoadConnection<Backend = Pg>,
    R: QueryableByName<Pg> + 'static,
{
    sql_query(query).bind::<Array<Oid>, _>(oids).load(conn)
}

fn relations<C>(tables: &[&Table], all: &[&Table], conn: &mut C) -> QueryResult<Vec<Relation>>
where
    C: LoadConnection<Backend = Pg>,
{
    let paths: Vec<&str> = tables.iter().map(|table| table.path).collect();
    let names = |tables: &[&Table]| -> Vec<String> {
        tables.iter().map(|table| qualified(table)).collect()
    };
    sql_query(RELATIONS)
        .bind::<Array<Text>, _>(paths)
        .bind::<Array<Text>, _>(names(tables))
        .bind::<Array<Text>, _>(names(all))
        .load(conn)
}

fn names<C>(registry: &Registry, relations: &[&Relation], conn: &mut C) -> QueryResult<Names>
where
    C: LoadConnection<Backend = Pg>,
{
    let mut columns = Vec::new();
    for table in registry.tables {
        columns.extend(tenant_column(table));
        if let Class::Via {
            column, owner_key, ..
        } = table.class
        {
            columns.extend([column, owner_key]);
        }
    }
    let quoted: Vec<Pair> = sql_query(
        "SELECT name AS key, pg_catalog.quote_ident(name) AS value FROM pg_catalog.unnest($1) AS name",
    )
    .bind::<Array<Text>, _>(columns)
    .load(conn)?;
    Ok(Names {
        identifiers: quoted
            .into_iter()
            .filter_map(|pair| Some((pair.key, pair.value?)))
            .collect(),
        tables: relations
            .iter()
            .map(|relation| (relation.path.clone(), relation.display.clone()))
            .collect(),
    })
}

/// What the reference tables say, where they are there.
fn reference<C>(
    registry: &Registry,
    on_missing: OnMissing,
    conn: &mut C,
) -> QueryResult<Option<Reference>>
where
    C: LoadConnection<Backend = Pg>,
{
    let strict = on_missing == OnMissing::Error;
    let name = |via| Reference::table_name(registry.tenant_type, via, strict);
    let (Some(tenant), Some(via)) = (name(false), name(true)) else {
        return Ok(None);
    };
    let texts = rolled_back(conn, |conn| {
        conn.batch_execute("SET LOCAL search_path = ''")?;
        sql_query(REFERENCES)
            .bind::<Array<Text>, _>(vec![&tenant, &via])
            .load::<Pair>(conn)
    })?;
    let text = |name: &str| {
        texts
            .iter()
            .find(|pair| pair.key == name)
            .and_then(|pair| pair.value.as_deref())
    };
    Ok(text(&tenant)
        .zip(text(&via))
        .and_then(|(tenant, via)| Reference::learn(registry.tenant_type, strict, tenant, via)))
}

/// Whether the server shows the comparisons of the table's condition without casts.
fn has_plain_types(
    registry: &Registry,
    table: &Table,
    relations: &[&Relation],
    columns: &[LiveColumn],
) -> bool {
    let is_plain = |table: &Table, name: &str| {
        let relation = relations.iter().find(|r| r.path == table.path);
        relation.is_some_and(|relation| {
            columns.iter().any(|column| {
                column.relation == relation.oid
                    && column.name == name
                    && PLAIN_TYPES.contains(&&*column.type_name)
            })
        })
    };
    let mut next = Some(table);
    for _ in 0..=registry.tables.len() {
        let Some(table) = next else { return false };
        match table.class {
            Class::Tenant { column } | Class::Root { column } => return is_plain(table, column),
            Class::Via {
                column,
                owner,
                owner_key,
            } => {
                let owner = registry.table(owner);
                if !is_plain(table, column) || !owner.is_some_and(|o| is_plain(o, owner_key)) {
                    return false;
                }
                next = owner;
            }
            _ => return false,
        }
    }
    false
}

/// Makes the wanted policy on a table like it, and asks how the server shows it.
fn look_alike<C>(
    registry: &Registry,
    table: &Table,
    on_missing: OnMissing,
    conn: &mut C,
) -> Result<String, PolicyDiffError>
where
    C: LoadConnection<Backend = Pg>,
{
    let create = format!(
        "CREATE TEMPORARY TABLE {ROW} (LIKE {});
         CREATE POLICY tenancy_scope ON pg_temp.{ROW} USING ({});
         SET LOCAL search_path = '';",
        qualified(table),
        condition_of_row(registry, table, ROW, on_missing),
    );
    let shown = rolled_back(conn, |conn| {
        conn.batch_execute(&create)?;
        sql_query(
            "SELECT 'condition' AS key, pg_catalog.pg_get_expr(polqual, polrelid) AS value
             FROM pg_catalog.pg_policy WHERE polrelid = 'pg_temp.tenancy_lookalike'::pg_catalog.regclass",
        )
        .get_result::<Pair>(conn)
    });
    match shown {
        Ok(Pair {
            value: Some(condition),
            ..
        }) => Ok(normalised(&condition)),
        Ok(_) => Err(PolicyDiffError::Database(Error::NotFound)),
        Err(source) => Err(PolicyDiffError::NoReference {
            table: table.path.to_owned(),
            source,
        }),
    }
}

/// Runs in a savepoint, of which nothing remains.
fn rolled_back<C, R>(conn: &mut C, work: impl FnOnce(&mut C) -> QueryResult<R>) -> QueryResult<R>
where
    C: LoadConnection<Backend = Pg>,
{
    let mut result = None;
    let ended = conn.transaction::<(), Error, _>(|conn| {
        result = Some(work(conn)?);
        Err(Error::RollbackTransaction)
    });
    match (result, ended) {
        (Some(result), _) => Ok(result),
        (None, Err(error)) => Err(error),
        (None, Ok(())) => Err(Error::NotFound),
    }
}
