//! Rows for both tenants, made from what the catalog says.

use std::collections::BTreeMap;
use std::rc::Rc;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::Error;
use diesel::sql_types::{Array, Nullable, Text};
use tenancy_diesel::{quote_identifier, quote_literal};

use super::Probe;
use super::catalog::{ForeignKey, Ownership, Relation};

/// Columns with SQL expressions.
pub(super) type Values = BTreeMap<String, String>;

/// A row that is there.
#[derive(Debug)]
pub(super) struct Row {
    /// The columns as texts.
    pub(super) values: BTreeMap<String, Option<String>>,
    /// A condition that finds it.
    pub(super) key: String,
    pub(super) fill: Fill,
}

/// How many columns of a row are given a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fill {
    /// All without a default.
    Full,
    /// Those that must have one.
    Required,
}

/// The rows so far. `None` while one is being made.
pub(super) type Planted = BTreeMap<(u32, Whose), Option<Rc<Row>>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Whose {
    Attacker,
    Victim,
}

#[derive(QueryableByName)]
struct Place {
    #[diesel(sql_type = Text)]
    place: String,
}

#[derive(QueryableByName)]
struct Cells {
    #[diesel(sql_type = Array<Nullable<Text>>)]
    cells: Vec<Option<String>>,
}

impl Probe<'_> {
    pub(super) fn tenant(&self, whose: Whose) -> &str {
        &self.settings.tenants[usize::from(whose == Whose::Victim)]
    }

    /// A row of a tenant; of anybody, in a table that is not scoped.
    pub(super) fn row(&mut self, oid: u32, whose: Whose) -> QueryResult<Result<Rc<Row>, String>> {
        let whose = if self.catalog.is_scoped(oid) {
            whose
        } else {
            Whose::Attacker
        };
        match self.planted.get(&(oid, whose)) {
            Some(Some(known)) => return Ok(Ok(Rc::clone(known))),
            Some(None) => return Ok(Err("its foreign keys lead back to itself".to_owned())),
            None => {}
        }
        self.planted.insert((oid, whose), None);
        let relation = self.catalog.relation(self.conn, oid)?;
        let made = self.make(&relation, whose)?.map(Rc::new);
        // A failure is not remembered: it may come from tables that reference each other, of which the
        // other one has to be first.
        match &made {
            Ok(row) => self.planted.insert((oid, whose), Some(Rc::clone(row))),
            Err(_) => self.planted.remove(&(oid, whose)),
        };
        Ok(made)
    }

    fn make(&mut self, relation: &Relation, whose: Whose) -> QueryResult<Result<Row, String>> {
        if relation.owner == Ownership::Nobody
            && let Some(row) = self.existing(relation, "true")?
        {
            return Ok(Ok(row));
        }
        let mut why = String::new();
        for fill in [Fill::Full, Fill::Required] {
            match self.values(relation, whose, fill)? {
                Ok(values) => match self.insert(relation, &values, fill)? {
                    Ok(row) => return Ok(Ok(row)),
                    Err(refusal) => why = refusal,
                },
                Err(reason) => why = reason,
            }
        }
        let belongs = self
            .catalog
            .belongs(relation.owner, "t", self.tenant(whose));
        match self.existing(relation, &belongs)? {
            Some(row) => Ok(Ok(row)),
            None => Ok(Err(why)),
        }
    }

    /// The values of a new row.
    pub(super) fn values(
        &mut self,
        relation: &Relation,
        whose: Whose,
        fill: Fill,
    ) -> QueryResult<Result<Values, String>> {
        let mut values = Values::new();
        if let Ownership::Column(column) = relation.owner {
            let ty = relation.column(column).map(|column| &column.ty);
            let tenant = self.tenant(whose);
            values.extend(ty.map(|ty| (column.to_owned(), ty.literal(tenant))));
        }
        if let Ownership::Via { column, owner, key } = relation.owner {
            let Some(owner) = self.catalog.find(self.conn, owner)? else {
                return Ok(Err("its owner is missing".to_owned()));
            };
            match self.row(owner, whose)? {
                Ok(row) => values.extend(reference(relation, column, &row, key)),
                Err(why) => return Ok(Err(why)),
            }
        }
        for key in relation
            .foreign_keys
            .iter()
            .filter(|key| key.parent != relation.oid)
        {
            if let Err(why) = self.follow(relation, key, whose, fill, &mut values)? {
                return Ok(Err(why));
            }
        }
        let n = self.counter.next();
        for column in relation.writable() {
            if let Some(given) = self.settings.value_for(&relation.declared, &column.name) {
                let tenant = quote_literal(self.tenant(whose));
                let text = given
                    .replace("{n}", &n.to_string())
                    .replace("{tenant}", &tenant);
                values.insert(column.name.clone(), text);
                continue;
            }
            let must = column.required && !column.has_default;
            let wanted =
                must || relation.in_key(&column.name) || fill == Fill::Full && !column.has_default;
            let key = relation.in_foreign_key(&column.name);
            if !wanted || key || values.contains_key(&column.name) {
                continue;
            }
            match column.ty.value(n) {
                Some(value) => {
                    values.insert(column.name.clone(), value);
                }
                None if must => {
                    return Ok(Err(format!(
                        "no value is known for `{}` of type {}",
                        column.name, column.ty.sql
                    )));
                }
                None => {}
            }
        }
        // A row whose reference to its own table must not be empty names itself.
        for key in relation
            .foreign_keys
            .iter()
            .filter(|key| key.parent == relation.oid)
        {
            if is_required(relation, key) {
                for (column, parent) in key.columns.iter().zip(&key.parent_columns) {
                    if let Some(own) = values.get(parent).cloned() {
                        values.insert(column.clone(), own);
                    }
                }
            }
        }
        Ok(Ok(values))
    }

    /// The values of a new row as the application would name them: without columns that it may leave
    /// out and not write.
    pub(super) fn app_values(
        &mut self,
        relation: &Relation,
        whose: Whose,
        fill: Fill,
    ) -> QueryResult<Result<Values, String>> {
        let made = self.values(relation, whose, fill)?;
        Ok(made.map(|mut values| {
            values.retain(|name, _| {
                let column = relation.column(name);
                column.is_none_or(|column| column.can_insert || column.required)
            });
            values
        }))
    }

    /// Lets a foreign key name the parent's row of the same tenant.
    fn follow(
        &mut self,
        relation: &Relation,
        key: &ForeignKey,
        whose: Whose,
        fill: Fill,
        values: &mut Values,
    ) -> QueryResult<Result<(), String>> {
        let required = is_required(relation, key);
        if !required && fill == Fill::Required {
            return Ok(Ok(()));
        }
        let parent = match self.row(key.parent, whose)? {
            Ok(parent) => parent,
            Err(_) if !required => return Ok(Ok(())),
            Err(why) => {
                let parent = self.catalog.relation(self.conn, key.parent)?;
                return Ok(Err(format!("`{}` has no row: {why}", parent.path)));
            }
        };
        for (column, parent_column) in key.columns.iter().zip(&key.parent_columns) {
            if !values.contains_key(column) {
                values.extend(reference(relation, column, &parent, parent_column));
            }
        }
        Ok(Ok(()))
    }

    fn insert(
        &mut self,
        relation: &Relation,
        values: &Values,
        fill: Fill,
    ) -> QueryResult<Result<Row, String>> {
        self.conn.batch_execute("SAVEPOINT tenancy_plant")?;
        let sql = format!(
            "{} RETURNING {PLACE} AS place",
            insert_sql(&relation.sql, values)
        );
        let placed: QueryResult<Place> = diesel::sql_query(sql).get_result(self.conn);
        match placed {
            Ok(Place { place }) => {
                self.conn.batch_execute("RELEASE SAVEPOINT tenancy_plant")?;
                Ok(Ok(self.read(relation, &place, fill)?))
            }
            Err(Error::DatabaseError(_, info)) => {
                self.conn.batch_execute(
                    "ROLLBACK TO SAVEPOINT tenancy_plant; RELEASE SAVEPOINT tenancy_plant",
                )?;
                Ok(Err(info.message().to_owned()))
            }
            Err(Error::NotFound) => {
                self.conn.batch_execute("RELEASE SAVEPOINT tenancy_plant")?;
                Ok(Err("a trigger or rule kept the row out".to_owned()))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn existing(
        &mut self,
        relation: &Relation,
        condition: &str,
    ) -> QueryResult<Option<Row>> {
        let place: Option<Place> = diesel::sql_query(format!(
            "SELECT {PLACE} AS place FROM {} AS t WHERE {condition} LIMIT 1",
            relation.sql
        ))
        .get_result(self.conn)
        .optional()?;
        place
            .map(|Place { place }| self.read(relation, &place, Fill::Full))
            .transpose()
    }

    fn read(&mut self, relation: &Relation, place: &str, fill: Fill) -> QueryResult<Row> {
        let cells: Vec<String> = relation
            .columns
            .iter()
            .map(|column| format!("t.{}::text", quote_identifier(&column.name)))
            .collect();
        let at_place = format!("{PLACE} = {}", quote_literal(place));
        let row: Cells = diesel::sql_query(format!(
            "SELECT ARRAY[{}]::text[] AS cells FROM {} AS t WHERE {at_place}",
            cells.join(", "),
            relation.sql
        ))
        .get_result(self.conn)?;
        let names = relation.columns.iter().map(|column| column.name.clone());
        let values: BTreeMap<_, _> = names.zip(row.cells).collect();
        let key = key_of(relation, &values).unwrap_or(at_place);
        Ok(Row { values, key, fill })
    }
}

const PLACE: &str = "tableoid::text || ctid::text";

pub(super) fn insert_sql(table: &str, values: &Values) -> String {
    if values.is_empty() {
        return format!("INSERT INTO {table} DEFAULT VALUES");
    }
    let columns: Vec<String> = values.keys().map(|name| quote_identifier(name)).collect();
    let row: Vec<&str> = values.values().map(String::as_str).collect();
    format!(
        "INSERT INTO {table} ({}) VALUES ({})",
        columns.join(", "),
        row.join(", ")
    )
}

/// Sets a column to what a column of another row holds.
pub(super) fn reference(
    relation: &Relation,
    column: &str,
    row: &Row,
    row_column: &str,
) -> Option<(String, String)> {
    let text = row.values.get(row_column)?.as_ref()?;
    let ty = &relation.column(column)?.ty;
    Some((column.to_owned(), ty.literal(text)))
}

fn is_required(relation: &Relation, key: &ForeignKey) -> bool {
    key.columns
        .iter()
        .all(|name| relation.column(name).is_some_and(|column| column.required))
}

fn key_of(relation: &Relation, values: &BTreeMap<String, Option<String>>) -> Option<String> {
    relation.unique.iter().find_map(|key| {
        let conditions: Option<Vec<String>> = key
            .iter()
            .map(|name| {
                let text = values.get(name)?.as_ref()?;
                let ty = &relation.column(name)?.ty;
                Some(format!("{} = {}", quote_identifier(name), ty.literal(text)))
            })
            .collect();
        conditions.map(|conditions| conditions.join(" AND "))
    })
}
