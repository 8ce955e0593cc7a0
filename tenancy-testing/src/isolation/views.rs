//! Attacks on views and materialized views.

use diesel::prelude::*;
use diesel::sql_types::{Array, Bool, Oid, Text};
use tenancy_diesel::quote_identifier;

use super::Probe;
use super::answers::Question;
use super::catalog::{Ownership, display_name, qualified};
use super::plant::{Values, Whose, insert_sql};
use super::report::{Attack, ObjectKind, Session};
use super::session::Outcome;

/// A view that the role has some privilege on.
#[derive(Debug)]
pub(super) struct View {
    path: String,
    sql: String,
    kind: ObjectKind,
    columns: Vec<String>,
    updatable: Vec<String>,
    /// The columns that the role may read.
    readable: Vec<String>,
    /// The scoped tables below it, at any depth.
    tables: Vec<u32>,
}

#[derive(QueryableByName)]
struct ViewRow {
    #[diesel(sql_type = Oid)]
    oid: u32,
    #[diesel(sql_type = Text)]
    schema: String,
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    materialized: bool,
    #[diesel(sql_type = Array<Text>)]
    readable: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    columns: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    updatable: Vec<String>,
    #[diesel(sql_type = Array<Oid>)]
    tables: Vec<u32>,
}

/// Views of the application, in the order in which they were created.
///
/// A view is followed down to its tables through the rules of the views between.
const VIEWS: &str = "
    SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name,
        c.relkind = 'm' AS materialized,
        ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND has_column_privilege($1, c.oid, a.attnum, 'SELECT')
              ORDER BY a.attnum) AS readable,
        ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
              ORDER BY a.attnum) AS columns,
        ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a
              WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                  AND pg_catalog.pg_column_is_updatable(c.oid::regclass, a.attnum, true)
              ORDER BY a.attnum) AS updatable,
        ARRAY(
            WITH RECURSIVE below (oid) AS (
                SELECT c.oid
                UNION
                SELECT d.refobjid FROM below
                JOIN pg_catalog.pg_rewrite r ON r.ev_class = below.oid
                JOIN pg_catalog.pg_depend d
                    ON d.classid = 'pg_catalog.pg_rewrite'::regclass AND d.objid = r.oid
                    AND d.refclassid = 'pg_catalog.pg_class'::regclass)
            SELECT b.oid FROM below b JOIN pg_catalog.pg_class t ON t.oid = b.oid
            WHERE t.relkind IN ('r', 'p')) AS tables
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('v', 'm')
        AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend e
                        WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid
                            AND e.deptype = 'e')
    ORDER BY c.oid";

impl Probe<'_> {
    /// Finds the views, and fills the materialized ones with the planted rows.
    pub(super) fn find_views(&mut self) -> QueryResult<Vec<View>> {
        let rows: Vec<ViewRow> = diesel::sql_query(VIEWS)
            .bind::<Text, _>(&self.settings.role)
            .load(self.conn)?;
        let mut views = Vec::new();
        for row in rows {
            let path = display_name(&row.schema, &row.name);
            let sql = qualified(Some(&row.schema), &row.name);
            if row.materialized {
                self.refresh(&path, &sql)?;
            }
            if self.is_excluded(&path) {
                continue;
            }
            views.push(View {
                kind: if row.materialized {
                    ObjectKind::MaterializedView
                } else {
                    ObjectKind::View
                },
                tables: self.scoped_below(row.oid, &row.tables),
                path,
                sql,
                columns: row.columns,
                updatable: row.updatable,
                readable: row.readable,
            });
        }
        Ok(views)
    }

    fn scoped_below(&self, view: u32, tables: &[u32]) -> Vec<u32> {
        let below = tables.iter().copied().filter(|oid| *oid != view);
        below.filter(|oid| self.catalog.is_scoped(*oid)).collect()
    }

    fn refresh(&mut self, path: &str, sql: &str) -> QueryResult<()> {
        let refresh = format!("REFRESH MATERIALIZED VIEW {sql}");
        if let (Outcome::Done(_), _) = self.strike(None, &[], &refresh)? {
            diesel::sql_query(&refresh).execute(self.conn)?;
            self.refreshes.push(refresh);
        } else {
            self.report
                .skip(path, "it could not be refreshed with the planted rows");
        }
        Ok(())
    }

    /// What the role may read of the views.
    pub(super) fn view_questions(views: &[View]) -> Vec<Question> {
        let readable = views.iter().filter(|view| !view.readable.is_empty());
        readable
            .map(|view| {
                let columns: Vec<String> = view
                    .readable
                    .iter()
                    .map(|name| format!("v.{}", quote_identifier(name)))
                    .collect();
                let row = columns.join(", ");
                Question {
                    object: view.path.clone(),
                    kind: view.kind,
                    sql: format!("SELECT ROW({row})::text AS line FROM {} AS v", view.sql),
                }
            })
            .collect()
    }

    /// UPDATE and DELETE through a view, while the attacker has no rows.
    pub(super) fn attack_all_rows_of_view(
        &mut self,
        view: &View,
        session: Session,
    ) -> QueryResult<()> {
        if view.kind == ObjectKind::MaterializedView || view.tables.is_empty() {
            return Ok(());
        }
        let mut writes = vec![(Attack::Delete, format!("DELETE FROM {}", view.sql))];
        let mut columns = view.updatable.iter();
        if let Some(column) = columns.find(|name| !self.is_owner(view, name)) {
            let column = quote_identifier(column);
            let update = format!("UPDATE {} SET {column} = {column}", view.sql);
            writes.push((Attack::Update, update));
        }
        for (attack, sql) in writes {
            match self.strike(Some(session), &[], &sql)? {
                (Outcome::Constraint, _) => {
                    let what = "the view let it pass; only a constraint stopped this one";
                    self.found_in(&view.path, view.kind, attack, Some(session), what);
                }
                (Outcome::Done(_), Some(state)) => {
                    if let Some(what) = self.damage(&state) {
                        self.found_in(&view.path, view.kind, attack, Some(session), what);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn is_owner(&mut self, view: &View, column: &str) -> bool {
        self.scoped
            .iter()
            .any(|table| view.tables.contains(&table.oid) && table.owner.column() == Some(column))
    }

    /// Inserts a row of the other tenant, where the view shows the column that says whose it is.
    pub(super) fn insert_through(&mut self, view: &View, session: Session) -> QueryResult<()> {
        for oid in &view.tables {
            let table = self.catalog.relation(self.conn, *oid)?;
            let Ok(theirs) = self.row(*oid, Whose::Victim)? else {
                continue;
            };
            let Ok(values) = self.values(&table, Whose::Victim, theirs.fill)? else {
                continue;
            };
            let values: Values = values
                .into_iter()
                .filter(|(name, _)| view.columns.contains(name))
                .collect();
            let shown = match table.owner {
                Ownership::Nobody => false,
                owner => owner.column().is_some_and(|name| values.contains_key(name)),
            };
            if !shown {
                continue;
            }
            let sql = insert_sql(&view.sql, &values);
            if let (Outcome::Done(_), Some(state)) = self.strike(Some(session), &[], &sql)?
                && let Some(what) = self.damage(&state)
            {
                self.found_in(&view.path, view.kind, Attack::Insert, Some(session), what);
            }
        }
        Ok(())
    }
}
