//! What is read of the database.

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Nullable, Oid, Text};
use tenancy_core::{Class, Registry, Table};

use super::PolicyDiffError;
use crate::policy::columns::tenant_column;
use crate::policy::name::qualified;
use crate::sealed::{FUNCTION, LiveFunction};

pub(super) struct Live {
    pub(super) relations: Vec<Relation>,
    pub(super) policies: Vec<LivePolicy>,
    pub(super) grants: Vec<Grant>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) indexes: Vec<Named>,
    pub(super) constraints: Vec<Named>,
    pub(super) columns: Vec<LiveColumn>,
    /// Each table of the registry that is there.
    pub(super) declared: Vec<Declared>,
    /// Whether the function that opens sealed tenants is the library's own.
    pub(super) is_seal_sound: bool,
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
    #[diesel(sql_type = Bool)]
    pub(super) is_foreign: bool,
    #[diesel(sql_type = Bool)]
    pub(super) is_child: bool,
    #[diesel(sql_type = Bool)]
    pub(super) enabled: bool,
    #[diesel(sql_type = Bool)]
    pub(super) forced: bool,
}

/// What the database has under the name of a table of the registry.
#[derive(Debug, QueryableByName)]
pub(super) struct Declared {
    #[diesel(sql_type = Text)]
    pub(super) path: String,
    #[diesel(sql_type = Text)]
    pub(super) schema: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    /// The type of its tenant column, below all domains.
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) base: Option<String>,
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

/// A sequence behind a `serial` column.
#[derive(Debug, QueryableByName)]
pub(super) struct Sequence {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Oid)]
    pub(super) oid: u32,
    /// With its schema, quoted.
    #[diesel(sql_type = Text)]
    pub(super) display: String,
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
    #[diesel(sql_type = Bool)]
    pub(super) not_null: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub(super) default: Option<String>,
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
        c.relname::text AS name,
        c.relkind = 'f' AS is_foreign, tree.is_child,
        c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced
    FROM tree
    JOIN pg_catalog.pg_class AS c ON c.oid = tree.relation
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    ORDER BY tree.place, tree.is_child, display";

const DECLARED: &str = "
    WITH RECURSIVE below (type, base) AS (
        SELECT oid, oid FROM pg_catalog.pg_type
        UNION ALL
        SELECT below.type, t.typbasetype
        FROM below JOIN pg_catalog.pg_type AS t ON t.oid = below.base AND t.typtype = 'd'
    )
    SELECT d.path, n.nspname::text AS schema, c.relname::text AS name,
        (SELECT t.typname::text
         FROM pg_catalog.pg_attribute AS a
         JOIN below ON below.type = a.atttypid
         JOIN pg_catalog.pg_type AS t ON t.oid = below.base AND t.typtype <> 'd'
         WHERE a.attrelid = c.oid AND a.attname = d.tenant AND NOT a.attisdropped) AS base
    FROM ROWS FROM (pg_catalog.unnest($1), pg_catalog.unnest($2), pg_catalog.unnest($3))
        AS d (path, name, tenant)
    JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(d.name)
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace";

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

const SEQUENCES: &str = "
    SELECT d.refobjid AS relation, s.oid, pg_catalog.format('%I.%I', n.nspname, s.relname) AS display
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_class AS s ON s.oid = d.objid AND s.relkind = 'S'
    JOIN pg_catalog.pg_namespace AS n ON n.oid = s.relnamespace
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
        AND d.deptype = 'a' AND d.refobjid = ANY ($1)
    ORDER BY display";

const INDEXES: &str = "
    SELECT i.indrelid AS relation, c.relname::text AS name, i.indisvalid AS is_valid
    FROM pg_catalog.pg_index AS i JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indrelid = ANY ($1)";

const CONSTRAINTS: &str = "
    SELECT conrelid AS relation, conname::text AS name, convalidated AS is_valid
    FROM pg_catalog.pg_constraint WHERE conrelid = ANY ($1)";

pub(super) const COLUMNS: &str = "
    SELECT a.attrelid AS relation, a.attname::text AS name, a.attnotnull AS not_null, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS \"default\"
    FROM pg_catalog.pg_attribute AS a
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped";

impl Live {
    /// In a transaction, which the caller rolls back.
    pub(super) fn read<C>(
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
        let declared = declared(&all, conn)?;
        conn.batch_execute("SET LOCAL search_path = ''")?;
        let sequences: Vec<Sequence> = load(SEQUENCES, &oids, conn)?;
        let seals: Vec<LiveFunction> = sql_query(LiveFunction::SQL).load(conn)?;
        let mut granted = oids.clone();
        granted.extend(sequences.iter().map(|sequence| sequence.oid));
        Ok(Live {
            policies: load(POLICIES, &oids, conn)?,
            grants: load(GRANTS, &granted, conn)?,
            sequences,
            indexes: load(INDEXES, &oids, conn)?,
            constraints: load(CONSTRAINTS, &oids, conn)?,
            columns: load(COLUMNS, &oids, conn)?,
            relations,
            declared,
            is_seal_sound: matches!(&seals[..], [seal] if FUNCTION.differences(seal).is_empty()),
        })
    }
}

pub(super) fn load<R, C>(query: &str, oids: &[u32], conn: &mut C) -> QueryResult<Vec<R>>
where
    C: LoadConnection<Backend = Pg>,
    R: QueryableByName<Pg> + 'static,
{
    sql_query(query).bind::<Array<Oid>, _>(oids).load(conn)
}

pub(super) fn relations<C>(
    tables: &[&Table],
    all: &[&Table],
    conn: &mut C,
) -> QueryResult<Vec<Relation>>
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

fn declared<C>(tables: &[&Table], conn: &mut C) -> QueryResult<Vec<Declared>>
where
    C: LoadConnection<Backend = Pg>,
{
    let paths: Vec<&str> = tables.iter().map(|table| table.path).collect();
    let names: Vec<String> = tables.iter().map(|table| qualified(table)).collect();
    let tenants: Vec<Option<&str>> = tables.iter().map(|table| tenant_column(table)).collect();
    sql_query(DECLARED)
        .bind::<Array<Text>, _>(paths)
        .bind::<Array<Text>, _>(names)
        .bind::<Array<Nullable<Text>>, _>(tenants)
        .load(conn)
}
