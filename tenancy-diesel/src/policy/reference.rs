//! The canonical conditions of live tables: from the reference tables, or from a look-alike.

use std::collections::BTreeMap;

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_query;
use diesel::sql_types::{Array, Nullable, Text};
use tenancy_core::{Class, Registry, Table};

use super::canonical::{Names, ROW, Reference, canonical, normalised};
use super::columns::tenant_column;
use super::diff::read::{COLUMNS, LiveColumn, Relation, load, relations};
use super::name::qualified;
use super::predicate::condition_of_row;
use super::{OnMissing, PolicyDiffError, PolicyOptions, ReferenceSource};

#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

const REFERENCES: &str = "
    SELECT c.relname::text AS key, pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS value
    FROM pg_catalog.pg_policy AS p
    JOIN pg_catalog.pg_class AS c ON c.oid = p.polrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = 'tenancy' AND p.polname = 'tenancy_scope' AND c.relname = ANY ($1)";

/// The types whose comparison the server shows without a cast.
const PLAIN_TYPES: [&str; 5] = ["uuid", "int2", "int4", "int8", "text"];

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
    options: &PolicyOptions,
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
    let reference = reference(registry, options, conn)?;
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
                text: look_alike(registry, table, options, conn)?,
                source: ReferenceSource::LookAlike,
            },
        };
        conditions.insert(table.path.to_owned(), condition);
    }
    Ok(conditions)
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
    options: &PolicyOptions,
    conn: &mut C,
) -> QueryResult<Option<Reference>>
where
    C: LoadConnection<Backend = Pg>,
{
    let strict = options.on_missing == OnMissing::Error;
    let name = |via| Reference::table_name(registry.tenant_type, via, options.sealed, strict);
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
    Ok(text(&tenant).zip(text(&via)).and_then(|(tenant, via)| {
        Reference::learn(registry.tenant_type, options.sealed, strict, tenant, via)
    }))
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
    options: &PolicyOptions,
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
        condition_of_row(registry, table, ROW, options),
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
