//! What is read of the database.

use std::collections::BTreeMap;

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Nullable, Oid, Text};
use tenancy_core::{Class, Registry, Table};

use super::PolicyDiffError;
use crate::policy::PolicyOptions;
use crate::policy::name::qualified;
use crate::policy::reference::{CanonicalCondition, canonical_conditions};

pub(super) struct Live {
    pub(super) relations: Vec<Relation>,
    pub(super) policies: Vec<LivePolicy>,
    pub(super) grants: Vec<Grant>,
    pub(super) sequences: Vec<Sequence>,
    pub(super) indexes: Vec<Named>,
    pub(super) constraints: Vec<Named>,
    pub(super) columns: Vec<LiveColumn>,
    /// Of each scoped table, by its path.
    pub(super) conditions: BTreeMap<String, CanonicalCondition>,
}

/// A table of the registry, or one of its partitions and inheritance children.
#[derive(Debug, QueryableByName)]
pub(in crate::policy) struct Relation {
    #[diesel(sql_type = Text)]
    pub(in crate::policy) path: String,
    #[diesel(sql_type = Oid)]
    pub(in crate::policy) oid: u32,
    /// With its schema, quoted.
    #[diesel(sql_type = Text)]
    pub(in crate::policy) display: String,
    #[diesel(sql_type = Text)]
    pub(in crate::policy) name: String,
    #[diesel(sql_type = Text)]
    pub(in crate::policy) quoted_name: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::policy) is_foreign: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::policy) is_child: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::policy) enabled: bool,
    #[diesel(sql_type = Bool)]
    pub(in crate::policy) forced: bool,
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
pub(in crate::policy) struct LiveColumn {
    #[diesel(sql_type = Oid)]
    pub(in crate::policy) relation: u32,
    #[diesel(sql_type = Text)]
    pub(in crate::policy) name: String,
    #[diesel(sql_type = Text)]
    pub(in crate::policy) type_name: String,
    #[diesel(sql_type = Bool)]
    pub(in crate::policy) not_null: bool,
    #[diesel(sql_type = Nullable<Text>)]
    pub(in crate::policy) default: Option<String>,
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

pub(in crate::policy) const COLUMNS: &str = "
    SELECT a.attrelid AS relation, a.attname::text AS name, t.typname::text AS type_name,
        a.attnotnull AS not_null, pg_catalog.pg_get_expr(d.adbin, d.adrelid) AS \"default\"
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped";

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
        let conditions = canonical_conditions(registry, options, &tables, conn)?;
        conn.batch_execute("SET LOCAL search_path = ''")?;
        let sequences: Vec<Sequence> = load(SEQUENCES, &oids, conn)?;
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
            conditions,
        })
    }
}

pub(in crate::policy) fn load<R, C>(query: &str, oids: &[u32], conn: &mut C) -> QueryResult<Vec<R>>
where
    C: LoadConnection<Backend = Pg>,
    R: QueryableByName<Pg> + 'static,
{
    sql_query(query).bind::<Array<Oid>, _>(oids).load(conn)
}

pub(in crate::policy) fn relations<C>(
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
