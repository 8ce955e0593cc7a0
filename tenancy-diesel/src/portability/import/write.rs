//! The statements that fill a table.

use diesel::result::{DatabaseErrorKind, Error};

use super::super::catalog::{Column, ROW};
use super::super::directory::{InFile, Origin};
use super::super::transaction::number;
use super::super::{Mistake, PortabilityError};
use super::plan::Step;
use super::rows::{Sealing, Value};
use crate::encryption::operations::session::Session;
use crate::encryption::operations::statement::{Row, Statement};
use crate::{Registry, quote_identifier};

/// How much is sent at a time.
const PAGE_BYTES: usize = 4 << 20;
const PAGE_ROWS: usize = 1_000;

const GIVEN: &str = "tenancy_given";

pub(super) struct Writer<'a> {
    pub(super) registry: &'a Registry,
    /// The tenant as a value of SQL.
    pub(super) tenant: &'a str,
    pub(super) origin: &'a Origin,
    pub(super) longest_line: usize,
    pub(super) sealing: Sealing<'a>,
}

impl Writer<'_> {
    /// Inserts the rows of a file.
    pub(super) async fn insert<S: Session>(
        &mut self,
        session: &mut S,
        step: &Step<'_>,
    ) -> Result<u64, PortabilityError> {
        let mut file = self.open(step)?;
        loop {
            let page = self.page(step, &mut file)?;
            if page.is_empty() {
                break;
            }
            self.send(session, step, page).await?;
        }
        let rows = file.rows;
        let table = step.shape.table.path;
        if step.shape.is_root() && rows > 1 {
            // A tenant has one row there.
            return Err(Mistake::Line { table, line: 2 }.into());
        }
        if rows != step.exported.rows || file.sha256() != step.exported.sha256 {
            return Err(Mistake::Differs { table }.into());
        }
        Ok(rows)
    }

    fn open(&self, step: &Step<'_>) -> Result<InFile, PortabilityError> {
        let table = step.shape.table;
        self.origin.table(step.number, table, self.longest_line)
    }

    /// The next rows. None means that there are no more.
    fn page(
        &mut self,
        step: &Step<'_>,
        file: &mut InFile,
    ) -> Result<Vec<Vec<Value>>, PortabilityError> {
        let mut rows = Vec::new();
        let mut bytes = 0;
        while rows.len() < PAGE_ROWS && bytes < PAGE_BYTES {
            let Some((text, line)) = file.line()? else {
                break;
            };
            let row = self.sealing.row(step, text, line)?;
            bytes += row.iter().map(Value::size).sum::<usize>();
            rows.push(row);
        }
        Ok(rows)
    }

    async fn send<S: Session>(
        &self,
        session: &mut S,
        step: &Step<'_>,
        mut page: Vec<Vec<Value>>,
    ) -> Result<(), PortabilityError> {
        let count = page.len() as u64;
        for (i, target) in step.columns.iter().enumerate() {
            if step.later.contains(target.column.name.as_str()) {
                for row in &mut page {
                    row[i] = Value::Text(None);
                }
            }
        }
        let columns: Vec<&Column> = step.columns.iter().map(|target| target.column).collect();
        let shape = step.shape;
        let mut statement = Statement::new();
        let given = given(&mut statement, &columns, page);
        let mut names: Vec<String> = columns
            .iter()
            .map(|column| quote_identifier(&column.name))
            .collect();
        let mut values: Vec<String> = columns.iter().enumerate().map(cast).collect();
        if let Some(column) = shape.tenant_column() {
            names.insert(0, quote_identifier(column));
            values.insert(0, self.tenant.to_owned());
        }
        // The tenant may have its own row already. Another key that is taken is an error.
        let conflict = match shape.tenant_column().filter(|_| shape.is_root()) {
            Some(key) => format!("ON CONFLICT ({}) DO NOTHING", quote_identifier(key)),
            None => String::new(),
        };
        statement.sql = counted(&format!(
            "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {given} {conflict} RETURNING 1",
            shape.name,
            names.join(", "),
            values.join(", "),
        ));
        let inserted = self.run(session, step, statement).await?;
        if inserted != count && !shape.is_root() {
            return Err(not_inserted(step));
        }
        Ok(())
    }

    /// Fills the columns that were NULL at first.
    pub(super) async fn complete<S: Session>(
        &mut self,
        session: &mut S,
        step: &Step<'_>,
    ) -> Result<(), PortabilityError> {
        let mut file = self.open(step)?;
        let (keys, later) = places(step)?;
        loop {
            let page = self.page(step, &mut file)?;
            if page.is_empty() {
                break;
            }
            let changed: Vec<Vec<Value>> = page
                .into_iter()
                .filter(|row| later.iter().any(|&i| !row[i].is_null()))
                .map(|row| {
                    let mut row: Vec<Option<Value>> = row.into_iter().map(Some).collect();
                    let wanted = keys.iter().chain(&later);
                    wanted.filter_map(|&i| row[i].take()).collect()
                })
                .collect();
            if !changed.is_empty() {
                self.update(session, step, &keys, &later, changed).await?;
            }
        }
        if file.sha256() != step.exported.sha256 {
            let table = step.shape.table.path;
            return Err(Mistake::Differs { table }.into());
        }
        Ok(())
    }

    async fn update<S: Session>(
        &self,
        session: &mut S,
        step: &Step<'_>,
        keys: &[usize],
        later: &[usize],
        page: Vec<Vec<Value>>,
    ) -> Result<(), PortabilityError> {
        let count = page.len() as u64;
        let columns: Vec<&Column> = (keys.iter().chain(later))
            .map(|&i| step.columns[i].column)
            .collect();
        let mut statement = Statement::new();
        let given = given(&mut statement, &columns, page);
        let (mut conditions, mut sets) = (Vec::new(), Vec::new());
        for (i, column) in columns.iter().enumerate() {
            let (name, value) = (quote_identifier(&column.name), cast((i, column)));
            if i < keys.len() {
                conditions.push(format!("{ROW}.{name} = {value}"));
            } else {
                sets.push(format!("{name} = {value}"));
            }
        }
        let shape = step.shape;
        conditions.push(shape.of_tenant(self.registry, ROW, self.tenant));
        statement.sql = counted(&format!(
            "UPDATE {} AS {ROW} SET {} FROM {given} WHERE {} RETURNING 1",
            shape.name,
            sets.join(", "),
            conditions.join(" AND "),
        ));
        if self.run(session, step, statement).await? != count {
            return Err(not_inserted(step));
        }
        Ok(())
    }

    async fn run<S: Session>(
        &self,
        session: &mut S,
        step: &Step<'_>,
        statement: Statement,
    ) -> Result<u64, PortabilityError> {
        match number(session, statement).await {
            Err(PortabilityError::Database(error)) => {
                Err(refused(error, step.shape.table.path).unwrap_or_else(Into::into))
            }
            other => other,
        }
    }
}

fn not_inserted(step: &Step<'_>) -> PortabilityError {
    PortabilityError::NotInserted {
        table: step.shape.table.path.to_owned(),
    }
}

/// The places of the key and of the columns that come later, among the step's columns.
fn places(step: &Step<'_>) -> Result<(Vec<usize>, Vec<usize>), PortabilityError> {
    let place = |name: &str| {
        let place = step
            .columns
            .iter()
            .position(|target| target.column.name == name);
        place.ok_or_else(|| PortabilityError::NoColumn {
            table: step.shape.table.path.to_owned(),
            column: name.to_owned(),
        })
    };
    let keys: Result<Vec<usize>, _> = step.shape.key().into_iter().map(place).collect();
    let later = step.columns.iter().enumerate();
    let later = later.filter(|(_, target)| step.later.contains(target.column.name.as_str()));
    Ok((keys?, later.map(|(i, _)| i).collect()))
}

/// Rows as arrays, one for each column.
fn given(statement: &mut Statement, columns: &[&Column], page: Vec<Vec<Value>>) -> String {
    let mut texts: Vec<Vec<Option<String>>> = columns.iter().map(|_| Vec::new()).collect();
    let mut bytes: Vec<Vec<Option<Vec<u8>>>> = columns.iter().map(|_| Vec::new()).collect();
    let rows = page.len();
    for row in page {
        for (i, value) in row.into_iter().enumerate() {
            match value {
                Value::Text(value) => texts[i].push(value),
                Value::Bytes(value) => bytes[i].push(value),
            }
        }
    }
    let mut arrays = Vec::new();
    let mut names = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        let array = match column.label {
            Some(_) => statement.blobs(std::mem::take(&mut bytes[i])),
            None => statement.nullable_texts(std::mem::take(&mut texts[i])),
        };
        arrays.push(format!("pg_catalog.unnest({array})"));
        names.push(format!("c{i}"));
    }
    if arrays.is_empty() {
        // Rows of the tenant column alone.
        arrays.push(format!("pg_catalog.generate_series(1, {rows})"));
        names.push("n".to_owned());
    }
    format!(
        "ROWS FROM ({}) AS {GIVEN} ({})",
        arrays.join(", "),
        names.join(", ")
    )
}

fn cast((i, column): (usize, &&Column)) -> String {
    match column.label {
        // Bytes become what they are assigned to. The domain of encrypted columns is in a schema that the
        // application's role cannot name.
        Some(_) => format!("{GIVEN}.c{i}"),
        None => format!("{GIVEN}.c{i}::{}", column.type_name),
    }
}

/// How many rows a statement wrote.
fn counted(statement: &str) -> String {
    let count = "pg_catalog.count(*)::pg_catalog.text".to_owned();
    format!(
        "WITH tenancy_done AS ({statement}) SELECT {} FROM tenancy_done",
        Row::list(&[count], &[])
    )
}

/// What a server's refusal means, if it is one that files can cause. The error itself otherwise.
pub(super) fn refused(error: Error, table: &str) -> Result<PortabilityError, Error> {
    let Error::DatabaseError(kind, information) = &error else {
        return Err(error);
    };
    let table = match information.table_name() {
        Some(name) if table.is_empty() => name.to_owned(),
        _ => table.to_owned(),
    };
    match kind {
        DatabaseErrorKind::UniqueViolation => Ok(PortabilityError::Taken { table }),
        DatabaseErrorKind::ForeignKeyViolation => Ok(PortabilityError::MissingReference { table }),
        _ => Err(error),
    }
}
