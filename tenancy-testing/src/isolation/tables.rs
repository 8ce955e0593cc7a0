//! Attacks on tables, partitions and children.

use std::rc::Rc;

use diesel::prelude::*;
use tenancy_diesel::quote_identifier;

use super::Probe;
use super::catalog::{Ownership, Relation};
use super::plant::{Row, Values, Whose, insert_sql, reference};
use super::report::{Attack, ObjectKind, Session};
use super::session::{Outcome, State, count};

/// A table under attack, with a row of each tenant in it.
struct Target<'t> {
    table: &'t Relation,
    session: Session,
    own: &'t Row,
    theirs: &'t Row,
}

impl Probe<'_> {
    pub(super) fn attack_table(
        &mut self,
        table: &Relation,
        session: Session,
        own: &Row,
        theirs: &Row,
    ) -> QueryResult<()> {
        let target = Target {
            table,
            session,
            own,
            theirs,
        };
        self.reads(&target)?;
        self.changes(&target)?;
        self.inserts(&target)?;
        self.moves(&target)?;
        self.points_at(&target)?;
        self.own_writes(&target)?;
        let truncate = format!("TRUNCATE {} CASCADE", table.sql);
        if let (Outcome::Done(_), Some(state)) = self.strike(Some(session), &[], &truncate)?
            && let Some(what) = self.damage(&state)
        {
            self.found(&target, Attack::Truncate, what);
        }
        Ok(())
    }

    fn found(&mut self, target: &Target<'_>, attack: Attack, what: impl Into<String>) {
        let kind = if target.table.is_child {
            ObjectKind::Child
        } else {
            ObjectKind::Table
        };
        let path = &target.table.path;
        self.found_in(path, kind, attack, Some(target.session), what);
    }

    fn reads(&mut self, target: &Target<'_>) -> QueryResult<()> {
        let (table, session) = (target.table, target.session);
        let own = match session {
            Session::Tenant => {
                let belongs = self
                    .catalog
                    .belongs(table.owner, "t", &self.settings.tenants[0]);
                let sql = format!(
                    "SELECT count(*) AS n FROM {} AS t WHERE {belongs}",
                    table.sql
                );
                count(self.conn, &sql)?
            }
            _ => 0,
        };
        let from = &table.sql;
        let all = [
            (
                Attack::Select,
                format!("SELECT count(q) AS n FROM (SELECT * FROM {from} OFFSET 0) q"),
            ),
            (Attack::Count, format!("SELECT count(*) AS n FROM {from}")),
        ];
        for (attack, sql) in all {
            if let Outcome::Done(seen) = self.ask(session, &sql)?
                && seen > own
            {
                let what = format!("{} rows of other tenants", seen - own);
                self.found(target, attack, what);
            }
        }
        let by_key = |row: &Row| format!("SELECT count(*) AS n FROM {from} WHERE {}", row.key);
        if let Outcome::Done(1..) = self.ask(session, &by_key(target.theirs))? {
            self.found(target, Attack::SelectByKey, "the other tenant's row");
        }
        if session == Session::Tenant
            && !table.is_child
            && let Outcome::Done(0) = self.ask(session, &by_key(target.own))?
        {
            let what = "it is not there, so that what was refused proves nothing";
            self.found(target, Attack::OwnRow, what);
        }
        Ok(())
    }

    /// UPDATE and DELETE by the other tenant's key.
    fn changes(&mut self, target: &Target<'_>) -> QueryResult<()> {
        let (from, key) = (&target.table.sql, &target.theirs.key);
        if let Some(set) = self.assignment(target.table) {
            let update = format!("UPDATE {from} SET {set} WHERE {key}");
            self.write(target, Attack::UpdateByKey, &update)?;
        }
        let delete = format!("DELETE FROM {from} WHERE {key}");
        self.write(target, Attack::DeleteByKey, &delete)
    }

    /// UPDATE and DELETE without WHERE. They run while the attacker has no rows, so that whatever is
    /// touched is another tenant's, and no constraint of an own row stops them before.
    pub(super) fn attack_all_rows(
        &mut self,
        table: &Relation,
        session: Session,
        own: &Row,
        theirs: &Row,
    ) -> QueryResult<()> {
        let target = Target {
            table,
            session,
            own,
            theirs,
        };
        if let Some(set) = self.assignment(table) {
            let update = format!("UPDATE {} SET {set}", table.sql);
            self.write(&target, Attack::Update, &update)?;
        }
        let delete = format!("DELETE FROM {}", table.sql);
        self.write(&target, Attack::Delete, &delete)
    }

    /// A column that can be changed without meeting a key.
    fn assignment(&mut self, table: &Relation) -> Option<String> {
        let owner = table.owner.column();
        let mut columns: Vec<_> = table
            .writable()
            .filter(|column| owner != Some(column.name.as_str()))
            .collect();
        columns.sort_by_key(|column| {
            let tied = table.in_key(&column.name) || table.in_foreign_key(&column.name);
            (!column.can_update, tied)
        });
        let Some(column) = columns.first() else {
            // There is nothing but the owner: assigning it to itself is an UPDATE too.
            return owner.map(|owner| format!("{0} = {0}", quote_identifier(owner)));
        };
        let name = quote_identifier(&column.name);
        let tied = table.in_key(&column.name) || table.in_foreign_key(&column.name);
        let n = self.counter.next();
        let value = column.ty.value(n).filter(|_| !tied);
        Some(format!(
            "{name} = {}",
            value.unwrap_or_else(|| name.clone())
        ))
    }

    /// A statement of which no row of the other tenant may be touched.
    fn write(&mut self, target: &Target<'_>, attack: Attack, sql: &str) -> QueryResult<()> {
        match self.strike_table(target.session, sql)? {
            (Outcome::Done(_), Some(state)) => {
                if let Some(what) = self.damage(&state) {
                    self.found(target, attack, what);
                }
            }
            (Outcome::Constraint, _) => {
                self.found(target, attack, ONLY_A_CONSTRAINT);
            }
            _ => {}
        }
        Ok(())
    }

    fn inserts(&mut self, target: &Target<'_>) -> QueryResult<()> {
        let table = target.table;
        let values = match self.app_values(table, Whose::Victim, target.theirs.fill)? {
            Ok(values) => values,
            Err(why) => {
                self.report.skip(&table.path, format!("INSERT: {why}"));
                return Ok(());
            }
        };
        let sql = insert_sql(&table.sql, &values);
        // What the superuser cannot insert proves nothing when the application cannot either.
        let mut before = Vec::new();
        if !self.adds_a_row(&before, &sql)? {
            before = self.clear(&self.settings.tenants[1]);
            before.retain(|sql| !sql.starts_with("DELETE") || sql.contains(&table.sql));
            if table.is_child || !self.adds_a_row(&before, &sql)? {
                self.report
                    .skip(&table.path, "INSERT: no second row could be made");
                return self.upserts(target);
            }
        }
        match self.strike(Some(target.session), &before, &sql)? {
            (Outcome::Done(1..), _) => {
                self.found(target, Attack::Insert, "the row was taken");
            }
            (Outcome::Constraint, _) => self.found(target, Attack::Insert, ONLY_A_CONSTRAINT),
            _ => {}
        }
        self.upserts(target)
    }

    fn adds_a_row(&mut self, before: &[String], sql: &str) -> QueryResult<bool> {
        let (outcome, _): (_, Option<Vec<State>>) = self.strike(None, before, sql)?;
        Ok(matches!(outcome, Outcome::Done(1..)))
    }

    /// The other tenant's row once more: as its own, or as the attacker's where the key allows it.
    fn upserts(&mut self, target: &Target<'_>) -> QueryResult<()> {
        let table = target.table;
        let Some(set) = self.assignment(table) else {
            return Ok(());
        };
        for key in &table.unique {
            let mut values = Values::new();
            for column in table.columns.iter().filter(|column| !column.generated) {
                values.extend(reference(table, &column.name, target.theirs, &column.name));
            }
            if let Some(owner) = table.owner.column()
                && !key.iter().any(|name| name == owner)
            {
                values.extend(reference(table, owner, target.own, owner));
            }
            if !key.iter().all(|name| values.contains_key(name)) {
                continue;
            }
            let names: Vec<String> = key.iter().map(|name| quote_identifier(name)).collect();
            let set = match set.split_once(" = ") {
                Some((column, value)) if column == value => format!("{column} = excluded.{column}"),
                _ => set.clone(),
            };
            let insert = insert_sql(&table.sql, &values).replacen(
                ") VALUES (",
                ") OVERRIDING SYSTEM VALUE VALUES (",
                1,
            );
            let sql = format!(
                "{insert} ON CONFLICT ({}) DO UPDATE SET {set}",
                names.join(", ")
            );
            if let (Outcome::Done(_), Some(state)) = self.strike_table(target.session, &sql)?
                && let Some(what) = self.damage(&state)
            {
                self.found(target, Attack::Upsert, what);
            }
        }
        Ok(())
    }

    /// Gives an own row to the other tenant.
    fn moves(&mut self, target: &Target<'_>) -> QueryResult<()> {
        let table = target.table;
        let Some(owner) = table.owner.column() else {
            return Ok(());
        };
        let Some((column, value)) = reference(table, owner, target.theirs, owner) else {
            return Ok(());
        };
        let column = quote_identifier(&column);
        // A statement that reads a column must pass the policies of SELECT too, and one without does
        // not.
        let update = format!("UPDATE {} SET {column} = {value}", table.sql);
        let by_key = format!("{update} WHERE {}", target.own.key);
        self.write(target, Attack::Move, &by_key)?;
        self.write(target, Attack::Move, &update)
    }

    /// Writes own rows, for what triggers do then.
    fn own_writes(&mut self, target: &Target<'_>) -> QueryResult<()> {
        let table = target.table;
        if target.session != Session::Tenant {
            return Ok(());
        }
        let mut statements = vec![format!(
            "DELETE FROM {} WHERE {}",
            table.sql, target.own.key
        )];
        if let Some(set) = self.assignment(table) {
            let update = format!("UPDATE {} SET {set} WHERE {}", table.sql, target.own.key);
            statements.push(update);
        }
        if let Ok(values) = self.app_values(table, Whose::Attacker, target.own.fill)? {
            statements.push(insert_sql(&table.sql, &values));
        }
        for sql in statements {
            if let (Outcome::Done(_), Some(state)) = self.strike_table(target.session, &sql)?
                && let Some(what) = self.damage(&state)
            {
                self.found(target, Attack::OwnWrite, what);
            }
        }
        Ok(())
    }

    /// Lets a foreign key of an own row name the other tenant's row.
    fn points_at(&mut self, target: &Target<'_>) -> QueryResult<()> {
        let table = target.table;
        let owner = table.owner.column();
        for key in &table.foreign_keys {
            let names_owner = key.columns.iter().any(|name| owner == Some(name.as_str()));
            if names_owner || !self.catalog.is_scoped(key.parent) {
                continue;
            }
            let Ok(parent) = self.row(key.parent, Whose::Victim)? else {
                continue;
            };
            let Ok(mut values) = self.app_values(table, Whose::Attacker, target.own.fill)? else {
                continue;
            };
            let mut named = true;
            for (column, parent_column) in key.columns.iter().zip(&key.parent_columns) {
                match reference(table, column, &parent, parent_column) {
                    Some((column, value)) => {
                        values.insert(column, value);
                    }
                    None => named = false,
                }
            }
            let sql = insert_sql(&table.sql, &values);
            if !named || !self.adds_a_row(&[], &sql)? {
                continue;
            }
            if let (Outcome::Done(1..), _) = self.strike(Some(target.session), &[], &sql)? {
                let what = format!("({}) was taken", key.columns.join(", "));
                self.found(target, Attack::ForeignKey, what);
            }
        }
        Ok(())
    }

    /// The rows of both tenants in a child table, where it has some.
    pub(super) fn rows_in(&mut self, child: &Relation) -> QueryResult<Option<(Rc<Row>, Rc<Row>)>> {
        if child.owner == Ownership::Nobody {
            return Ok(None);
        }
        let [own, theirs] = [Whose::Attacker, Whose::Victim]
            .map(|whose| self.catalog.belongs(child.owner, "t", self.tenant(whose)));
        let Some(theirs) = self.existing(child, &theirs)?.map(Rc::new) else {
            return Ok(None);
        };
        // A partition for each tenant has no row of the attacker.
        let own = self
            .existing(child, &own)?
            .map_or_else(|| Rc::clone(&theirs), Rc::new);
        Ok(Some((own, theirs)))
    }
}

const ONLY_A_CONSTRAINT: &str =
    "the policies let it pass; only a constraint of the table stopped this one";
