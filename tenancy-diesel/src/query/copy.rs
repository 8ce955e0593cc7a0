//! `COPY .. TO STDOUT`.

use std::io::{self, BufRead, Write};
use std::marker::PhantomData;

use diesel::connection::SimpleConnection;
use diesel::pg::{CopyFormat, CopyTarget, Pg, PgQueryBuilder};
use diesel::query_builder::{AstPass, QueryBuilder, QueryFragment};
use diesel::result::Error;
use diesel::sql_types::Bool;
use diesel::{PgConnection, QueryResult};

use super::ScopedTable;
use crate::ScopeError;
use crate::scoped::{Scoped, SyncScopeConnection};
use crate::table::{ScopeTable, TenantTable};
use crate::write::{Several, TableColumns};

/// Begins a `COPY .. TO STDOUT` of the tenant's rows of a table: `projects::table`, or a tuple of
/// columns such as `(projects::id, projects::name)`.
///
/// PostgreSQL sends the rows as text, CSV or in its binary format, which is faster than a SELECT for an
/// export. COPY takes no binds, so the tenant predicate holds the id as a literal.
///
/// `COPY .. FROM` is refused by PostgreSQL on tables with row-level security; see
/// [`unnest`](crate::statements::IncompleteInsert::unnest) for bulk loads.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # include!("../doc/setup.rs");
/// use diesel::pg::CopyFormat;
/// use tenancy_diesel::copy_to;
///
/// # fn run(conn: &mut Conn, file: &mut std::fs::File) -> QueryResult<u64> {
/// copy_to((projects::id, projects::name))
///     .with_format(CopyFormat::Csv)
///     .with_header(true)
///     .write_to(conn, file)
/// # }
/// # }
/// ```
pub fn copy_to<C, T, Count>(target: C) -> CopyTo<C, T, Count>
where
    C: CopyColumns<T, Count>,
    T: TenantTable,
{
    // The type says what is copied.
    let _ = target;
    CopyTo {
        options: Options::default(),
        target: PhantomData,
    }
}

/// What [`copy_to`] takes.
///
/// `Count` keeps tables and tuples of columns apart; it is inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be copied out",
    note = "pass `projects::table` itself or a tuple of its columns without the tenant column"
)]
pub trait CopyColumns<T, Count> {
    #[doc(hidden)]
    fn push_columns(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()>;
}

/// All columns of a table, in the order of the schema file.
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct WholeTable;

impl<T> CopyColumns<T, WholeTable> for ScopedTable<T>
where
    T: ScopeTable<Selection: QueryFragment<Pg>>,
{
    fn push_columns(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        let mut columns = PgQueryBuilder::default();
        T::selection().to_sql(&mut columns, &Pg)?;
        pass.push_sql(&columns.finish());
        Ok(())
    }
}

impl<T, C> CopyColumns<T, Several> for C
where
    C: TableColumns<T, Several>,
{
    fn push_columns(pass: &mut AstPass<'_, '_, Pg>) -> QueryResult<()> {
        C::push_names(pass)
    }
}

/// A `COPY .. TO STDOUT`, from [`copy_to`].
#[derive(Debug, Clone)]
#[must_use = "a copy is only executed when calling `write_to`"]
pub struct CopyTo<C, T, Count> {
    options: Options,
    target: PhantomData<(C, T, Count)>,
}

#[derive(Debug, Clone, Default)]
struct Options {
    format: CopyFormat,
    delimiter: Option<char>,
    null: Option<String>,
    quote: Option<char>,
    escape: Option<char>,
    header: Option<bool>,
}

impl<C, T, Count> CopyTo<C, T, Count> {
    /// The format. Text, if not set.
    pub fn with_format(mut self, format: CopyFormat) -> Self {
        self.options.format = format;
        self
    }

    /// What stands between columns, in text and CSV.
    pub fn with_delimiter(mut self, delimiter: char) -> Self {
        self.options.delimiter = Some(delimiter);
        self
    }

    /// What stands for NULL, in text and CSV.
    pub fn with_null(mut self, null: impl Into<String>) -> Self {
        self.options.null = Some(null.into());
        self
    }

    /// The quoting character of CSV.
    pub fn with_quote(mut self, quote: char) -> Self {
        self.options.quote = Some(quote);
        self
    }

    /// What stands before a quoting character in a CSV value.
    pub fn with_escape(mut self, escape: char) -> Self {
        self.options.escape = Some(escape);
        self
    }

    /// Whether the first line names the columns, in text and CSV.
    pub fn with_header(mut self, header: bool) -> Self {
        self.options.header = Some(header);
        self
    }
}

impl<C, T, Count> CopyTo<C, T, Count>
where
    T: TenantTable,
    C: CopyColumns<T, Count>,
{
    /// Runs the copy and writes its bytes. Returns how many there were.
    ///
    /// Nothing is held in memory. Outside of a transaction, `Ok` means that COMMIT succeeded too. After
    /// an error, a part of the bytes may have been written; when it is the writer's, what is left of the
    /// rows is still received before the connection can go on.
    ///
    /// Diesel's asynchronous connection has no COPY, so this is for synchronous ones.
    ///
    /// # Errors
    /// What the server says; [`ScopeError::CopyCutShort`] when it ended the copy before its last row;
    /// and the error of `writer`, as a
    /// [`DeserializationError`](diesel::result::Error::DeserializationError).
    pub fn write_to<Conn, W>(
        self,
        conn: &mut Scoped<Conn, T::Tenant>,
        writer: &mut W,
    ) -> QueryResult<u64>
    where
        Conn: SyncScopeConnection,
        W: Write + ?Sized,
    {
        let seen = conn.observe_raw("COPY");
        conn.statement(seen, |pg| {
            let mut bytes = self.send(pg)?;
            let written = io::copy(&mut bytes, writer).or_else(|error| {
                // Diesel leaves the rest of the rows on the connection, where they would be taken for
                // the answers to the next statements.
                io::copy(&mut bytes, &mut io::sink()).and(Err(error))
            });
            drop(bytes);
            // Diesel does not ask how a copy ended. In a failed transaction this is an error.
            let ended = pg.batch_execute("SELECT");
            let written = written.map_err(|error| Error::DeserializationError(Box::new(error)))?;
            ended.map_err(|_| ScopeError::CopyCutShort)?;
            Ok(written)
        })
    }

    fn send<'conn>(
        &self,
        pg: &'conn mut PgConnection,
    ) -> QueryResult<impl BufRead + use<'conn, C, T, Count>> {
        let Options {
            format,
            delimiter,
            null,
            quote,
            escape,
            header,
        } = self.options.clone();
        let mut command = diesel::copy_to(Selected::<C, T, Count>(PhantomData)).with_format(format);
        if let Some(delimiter) = delimiter {
            command = command.with_delimiter(delimiter);
        }
        if let Some(null) = null {
            command = command.with_null(null);
        }
        if let Some(quote) = quote {
            command = command.with_quote(quote);
        }
        if let Some(escape) = escape {
            command = command.with_escape(escape);
        }
        if let Some(header) = header {
            command = command.with_header(header);
        }
        command.load_raw(pg)
    }
}

/// The target of Diesel's COPY: a SELECT of the tenant's rows.
struct Selected<C, T, Count>(PhantomData<(C, T, Count)>);

impl<C, T, Count> CopyTarget for Selected<C, T, Count>
where
    T: TenantTable,
    C: CopyColumns<T, Count>,
{
    type Table = T;
    // Diesel asks for the type of the rows when it reads them, which a raw copy does not.
    type SqlType = Bool;

    fn walk_target(mut pass: AstPass<'_, '_, Pg>) -> QueryResult<()> {
        pass.push_sql("(SELECT ");
        C::push_columns(&mut pass)?;
        pass.push_sql(" FROM ");
        T::RELATION.push_target(&mut pass)?;
        pass.push_sql(" WHERE ");
        T::RELATION.push_literal_predicate::<T::Tenant>(&mut pass)?;
        pass.push_sql(")");
        Ok(())
    }
}
