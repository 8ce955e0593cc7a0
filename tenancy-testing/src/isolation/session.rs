//! Running one attack and taking it back.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Text};
use tenancy_diesel::{quote_identifier, quote_literal};

use super::Probe;
use super::catalog::Ownership;
use super::report::Session;

/// What became of a statement.
#[derive(Debug)]
pub(super) enum Outcome {
    Done(i64),
    /// A constraint refused it, which is asked only after the policies have let a row pass.
    Constraint,
    Refused(String),
}

impl Outcome {
    fn of(result: QueryResult<i64>) -> QueryResult<Outcome> {
        use DatabaseErrorKind::{
            CheckViolation, ClosedConnection, ExclusionViolation, ForeignKeyViolation,
            NotNullViolation, UniqueViolation,
        };
        match result {
            Ok(rows) => Ok(Outcome::Done(rows)),
            Err(Error::DatabaseError(ClosedConnection, info)) => {
                Err(Error::DatabaseError(ClosedConnection, info))
            }
            Err(Error::DatabaseError(kind, info)) => Ok(match kind {
                CheckViolation | ExclusionViolation | ForeignKeyViolation | NotNullViolation
                | UniqueViolation => Outcome::Constraint,
                _ => Outcome::Refused(info.message().to_owned()),
            }),
            Err(error) => Err(error),
        }
    }
}

/// The rows of a tenant, as far as a change of any of them shows.
#[derive(Debug, PartialEq, Eq, QueryableByName)]
pub(super) struct State {
    #[diesel(sql_type = Text)]
    table: String,
    #[diesel(sql_type = BigInt)]
    rows: i64,
    #[diesel(sql_type = Text)]
    versions: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// A query with one number.
pub(super) fn count(conn: &mut PgConnection, sql: &str) -> QueryResult<i64> {
    let row: Count = diesel::sql_query(sql).get_result(conn)?;
    Ok(row.n)
}

/// A query with one text column named `line`, sorted.
pub(super) fn lines(conn: &mut PgConnection, sql: &str) -> QueryResult<Vec<String>> {
    let rows: Vec<Line> = diesel::sql_query(sql).load(conn)?;
    let mut lines: Vec<String> = rows.into_iter().map(|row| row.line).collect();
    lines.sort();
    Ok(lines)
}

const SAVE: &str = "SAVEPOINT tenancy_probe";
/// Takes back the role and the variable too.
const TAKE_BACK: &str = "ROLLBACK TO SAVEPOINT tenancy_probe; RELEASE SAVEPOINT tenancy_probe";

impl Probe<'_> {
    /// Runs attacks after statements of the superuser, and takes these back too.
    pub(super) fn after<T>(
        &mut self,
        statements: &[String],
        work: impl FnOnce(&mut Self) -> QueryResult<T>,
    ) -> QueryResult<T> {
        self.conn.batch_execute("SAVEPOINT tenancy_after")?;
        self.conn.batch_execute(&statements.join("; "))?;
        let result = work(self)?;
        self.conn.batch_execute(
            "ROLLBACK TO SAVEPOINT tenancy_after; RELEASE SAVEPOINT tenancy_after",
        )?;
        Ok(result)
    }

    /// Runs `work` as the application, after statements of the superuser, and takes all back.
    ///
    /// `after` sees what is left of it, as the superuser.
    pub(super) fn attempt<T, U>(
        &mut self,
        session: Option<Session>,
        before: &[String],
        work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
        after: impl FnOnce(&mut Self, &T) -> QueryResult<U>,
    ) -> QueryResult<QueryResult<(T, U)>> {
        self.conn.batch_execute(SAVE)?;
        let mut prepare = before.to_vec();
        if let Some(session) = session {
            self.report.attacks += 1;
            prepare.push(self.become_app(session));
        }
        let prepared = match prepare.is_empty() {
            true => Ok(()),
            false => self.conn.batch_execute(&prepare.join("; ")),
        };
        let result = prepared.and_then(|()| work(self.conn));
        let result = match result {
            Ok(value) => self
                .conn
                .batch_execute("RESET SESSION AUTHORIZATION")
                .and_then(|()| after(self, &value))
                .map(|seen| (value, seen)),
            Err(error) => Err(error),
        };
        self.conn.batch_execute(TAKE_BACK)?;
        Ok(result)
    }

    /// Runs a statement and looks at the other tenant's rows afterwards.
    pub(super) fn strike(
        &mut self,
        session: Option<Session>,
        before: &[String],
        sql: &str,
    ) -> QueryResult<(Outcome, Option<Vec<State>>)> {
        self.strike_and(session, before, sql, |probe, _| {
            probe.victim_state().map(Some)
        })
    }

    /// The same for a table, where a statement that touched no row needs no look.
    pub(super) fn strike_table(
        &mut self,
        session: Session,
        sql: &str,
    ) -> QueryResult<(Outcome, Option<Vec<State>>)> {
        self.strike_and(Some(session), &[], sql, |probe, rows| match rows {
            0 => Ok(None),
            _ => probe.victim_state().map(Some),
        })
    }

    fn strike_and(
        &mut self,
        session: Option<Session>,
        before: &[String],
        sql: &str,
        look: impl FnOnce(&mut Self, &usize) -> QueryResult<Option<Vec<State>>>,
    ) -> QueryResult<(Outcome, Option<Vec<State>>)> {
        let run = |conn: &mut PgConnection| diesel::sql_query(sql).execute(conn);
        let (rows, state) = match self.attempt(session, before, run, look)? {
            Ok((rows, state)) => (Ok(i64::try_from(rows).unwrap_or(i64::MAX)), state),
            Err(error) => (Err(error), None),
        };
        Ok((Outcome::of(rows)?, state))
    }

    /// Runs a query with one number.
    pub(super) fn ask(&mut self, session: Session, sql: &str) -> QueryResult<Outcome> {
        let result = self.attempt(Some(session), &[], |conn| count(conn, sql), |_, _| Ok(()))?;
        Outcome::of(result.map(|(n, ())| n))
    }

    /// The application role, as if it had connected.
    fn become_app(&self, session: Session) -> String {
        let role = quote_identifier(&self.settings.role);
        let mut sql = format!("SET LOCAL SESSION AUTHORIZATION {role}");
        for (name, value) in &self.settings.variables {
            let (name, value) = (quote_literal(name), quote_literal(value));
            sql += &format!("; SELECT pg_catalog.set_config({name}, {value}, true)");
        }
        let variable = self.catalog.registry.variable;
        let tenant = match session {
            Session::Unset => return sql,
            Session::Tenant => {
                let tenant = &self.settings.tenants[0];
                self.settings.seal.value(variable, tenant)
            }
            Session::Empty => String::new(),
        };
        sql += &format!("; SET LOCAL {variable} = {}", quote_literal(&tenant));
        sql
    }

    /// Statements that take all rows of a tenant away, past triggers and foreign keys.
    pub(super) fn clear(&self, tenant: &str) -> Vec<String> {
        let mut sql = vec!["SET LOCAL session_replication_role = replica".to_owned()];
        // Rows of a table without a tenant column are found through their owners.
        let (via, own): (Vec<_>, Vec<_>) = self
            .scoped
            .iter()
            .partition(|table| matches!(table.owner, Ownership::Via { .. }));
        let mut via: Vec<_> = via
            .iter()
            .map(|table| (self.depth(table.owner), table))
            .collect();
        via.sort_by_key(|(depth, _)| std::cmp::Reverse(*depth));
        for table in via.into_iter().map(|(_, table)| *table).chain(own) {
            sql.push(format!(
                "DELETE FROM {} AS t WHERE {}",
                table.sql,
                self.catalog.belongs(table.owner, "t", tenant)
            ));
        }
        sql.push("SET LOCAL session_replication_role = origin".to_owned());
        sql
    }

    fn depth(&self, owner: Ownership) -> usize {
        match owner {
            Ownership::Via { owner, .. } => {
                let above = self.scoped.iter().find(|table| table.path == owner.path);
                1 + above.map_or(0, |above| self.depth(above.owner))
            }
            _ => 0,
        }
    }

    /// The other tenant's rows in every scoped table.
    pub(super) fn victim_state(&mut self) -> QueryResult<Vec<State>> {
        let tenant = &self.settings.tenants[1];
        let parts: Vec<String> = self
            .scoped
            .iter()
            .map(|table| {
                format!(
                    "SELECT {} AS \"table\", count(*) AS rows, coalesce(string_agg(
                         t.tableoid::text || t.ctid::text, ' ' ORDER BY t.tableoid, t.ctid), '')
                         AS versions
                     FROM {} AS t WHERE {}",
                    quote_literal(&table.path),
                    table.sql,
                    self.catalog.belongs(table.owner, "t", tenant)
                )
            })
            .collect();
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        diesel::sql_query(parts.join(" UNION ALL ")).load(self.conn)
    }

    /// In words, what differs from the rows as they were planted.
    pub(super) fn damage(&self, after: &[State]) -> Option<String> {
        let (before, after) = self
            .victim
            .iter()
            .zip(after)
            .find(|(before, after)| before != after)?;
        let table = &before.table;
        Some(match after.rows - before.rows {
            0 => format!("rows of the other tenant in `{table}` were changed"),
            more if more > 0 => format!("the other tenant has {more} more rows in `{table}`"),
            fewer => format!("the other tenant has {} rows fewer in `{table}`", -fewer),
        })
    }
}
