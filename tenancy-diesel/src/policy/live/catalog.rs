//! What is read of the catalog.

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, Bool, Oid, Text};

#[derive(Debug, Clone)]
pub(super) struct Catalog {
    pub(super) tables: Vec<LiveTable>,
    pub(super) columns: Vec<LiveColumn>,
    pub(super) foreign_keys: Vec<ForeignKey>,
    pub(super) uniques: Vec<Unique>,
}

#[derive(Debug, Clone, QueryableByName)]
pub(super) struct LiveTable {
    #[diesel(sql_type = Oid)]
    pub(super) oid: u32,
    #[diesel(sql_type = Text)]
    pub(super) schema: String,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
}

impl LiveTable {
    /// As `tenant_schema!` would name it.
    pub(super) fn path(&self) -> String {
        if self.schema == "public" {
            self.name.clone()
        } else {
            format!("{}::{}", self.schema, self.name)
        }
    }
}

#[derive(Debug, Clone, QueryableByName)]
pub(super) struct LiveColumn {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Text)]
    pub(super) type_name: String,
    #[diesel(sql_type = Bool)]
    pub(super) not_null: bool,
}

#[derive(Debug, Clone, QueryableByName)]
pub(super) struct ForeignKey {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Oid)]
    pub(super) target: u32,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    #[diesel(sql_type = Array<Text>)]
    pub(super) columns: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    pub(super) target_columns: Vec<String>,
    /// The columns of ON DELETE SET NULL (..), where they are named.
    #[diesel(sql_type = Array<Text>)]
    pub(super) set_columns: Vec<String>,
    #[diesel(sql_type = Text)]
    pub(super) on_delete: String,
    #[diesel(sql_type = Text)]
    pub(super) on_update: String,
    #[diesel(sql_type = Bool)]
    pub(super) is_full: bool,
    #[diesel(sql_type = Bool)]
    pub(super) deferrable: bool,
    #[diesel(sql_type = Bool)]
    pub(super) deferred: bool,
    #[diesel(sql_type = Text)]
    pub(super) definition: String,
}

#[derive(Debug, Clone, QueryableByName)]
pub(super) struct Unique {
    #[diesel(sql_type = Oid)]
    pub(super) relation: u32,
    #[diesel(sql_type = Text)]
    pub(super) name: String,
    /// Empty for an expression.
    #[diesel(sql_type = Array<Text>)]
    pub(super) columns: Vec<String>,
    #[diesel(sql_type = Bool)]
    pub(super) is_primary: bool,
    /// Whether a foreign key can point to it.
    #[diesel(sql_type = Bool)]
    pub(super) is_whole: bool,
}

/// The application's own tables. Children of other tables are reached through these, extensions own
/// theirs, and Diesel its history.
const TABLES: &str = "
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
        AND c.relname <> '__diesel_schema_migrations'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhrelid = c.oid)
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend
            WHERE classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND objid = c.oid
                AND deptype = 'e')
    ORDER BY n.nspname <> 'public', n.nspname, c.relname";

const COLUMNS: &str = "
    SELECT a.attrelid AS relation, a.attname::text AS name, t.typname::text AS type_name,
        a.attnotnull AS not_null
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
    WHERE a.attrelid = ANY ($1) AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY a.attrelid, a.attnum";

/// The definition names tables with their schema, because nothing is in the search path.
const FOREIGN_KEYS: &str = "
    SELECT k.conrelid AS relation, k.confrelid AS target, k.conname::text AS name,
        ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (n, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n
            ORDER BY place) AS columns,
        ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY AS u (n, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.n
            ORDER BY place) AS target_columns,
        ARRAY(SELECT a.attname::text FROM pg_catalog.unnest(k.confdelsetcols) AS u (n)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.n
            ORDER BY a.attnum) AS set_columns,
        k.confdeltype::text AS on_delete, k.confupdtype::text AS on_update,
        k.confmatchtype = 'f' AS is_full, k.condeferrable AS deferrable, k.condeferred AS deferred,
        pg_catalog.pg_get_constraintdef(k.oid) AS definition
    FROM pg_catalog.pg_constraint AS k
    WHERE k.contype = 'f' AND k.conparentid = 0
        AND k.conrelid = ANY ($1) AND k.confrelid = ANY ($1)
    ORDER BY k.conrelid, k.conname";

const UNIQUES: &str = "
    SELECT i.indrelid AS relation, c.relname::text AS name,
        CASE WHEN 0 = ANY (i.indkey::int2[]) THEN ARRAY[]::text[] ELSE ARRAY(
            SELECT a.attname::text
            FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS u (n, place)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = u.n
            WHERE place <= i.indnkeyatts ORDER BY place) END AS columns,
        i.indisprimary AS is_primary,
        i.indisvalid AND i.indimmediate AND i.indpred IS NULL AS is_whole
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
    WHERE i.indisunique AND i.indrelid = ANY ($1)
    ORDER BY i.indrelid, NOT i.indisprimary, c.relname";

impl Catalog {
    pub(super) fn read<C>(conn: &mut C, schemas: &[String]) -> QueryResult<Self>
    where
        C: LoadConnection<Backend = Pg>,
    {
        conn.transaction(|conn| {
            // One state of the catalog would take REPEATABLE READ; a tool that is run while others
            // change the tables is run again.
            conn.batch_execute("SAVEPOINT tenancy_read; SET LOCAL search_path = ''")?;
            let tables: Vec<LiveTable> = sql_query(TABLES)
                .bind::<Array<Text>, _>(schemas)
                .load(conn)?;
            let oids: Vec<u32> = tables.iter().map(|table| table.oid).collect();
            let catalog = Catalog {
                columns: sql_query(COLUMNS).bind::<Array<Oid>, _>(&oids).load(conn)?,
                foreign_keys: sql_query(FOREIGN_KEYS)
                    .bind::<Array<Oid>, _>(&oids)
                    .load(conn)?,
                uniques: sql_query(UNIQUES).bind::<Array<Oid>, _>(&oids).load(conn)?,
                tables,
            };
            // Gives an enclosing transaction its search path back.
            conn.batch_execute("ROLLBACK TO tenancy_read; RELEASE tenancy_read")?;
            Ok(catalog)
        })
    }

    pub(super) fn table(&self, oid: u32) -> Option<&LiveTable> {
        self.tables.iter().find(|table| table.oid == oid)
    }

    pub(super) fn column(&self, relation: u32, name: &str) -> Option<&LiveColumn> {
        self.columns_of(relation).find(|column| column.name == name)
    }

    pub(super) fn columns_of(&self, relation: u32) -> impl Iterator<Item = &LiveColumn> {
        self.columns
            .iter()
            .filter(move |column| column.relation == relation)
    }

    pub(super) fn primary_key(&self, relation: u32) -> &[String] {
        self.uniques
            .iter()
            .find(|unique| unique.relation == relation && unique.is_primary)
            .map_or(&[], |unique| &unique.columns)
    }

    /// Whether the columns, in this order, can be the target of a foreign key.
    pub(super) fn is_unique(&self, relation: u32, columns: &[&str]) -> bool {
        let mut wanted = columns.to_vec();
        wanted.sort_unstable();
        self.uniques
            .iter()
            .filter(|unique| unique.relation == relation && unique.is_whole)
            .any(|unique| {
                let mut there: Vec<&str> = unique.columns.iter().map(String::as_str).collect();
                there.sort_unstable();
                there == wanted
            })
    }
}
