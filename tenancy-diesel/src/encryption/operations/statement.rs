//! One form of statement and of row for all operations, so that they are written once for both kinds of
//! connection.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bytea, Nullable, Text, Untyped};
use diesel::{QueryResult, QueryableByName};

use super::OperationError;

/// Raw SQL with the values of `$1`, `$2`, ..
#[derive(Clone)]
pub(crate) struct Statement {
    pub(crate) sql: String,
    binds: Vec<Bind>,
}

#[derive(Clone)]
enum Bind {
    Text(String),
    Bytes(Vec<u8>),
    Texts(Vec<String>),
    #[cfg(feature = "portability")]
    NullableTexts(Vec<Option<String>>),
    Blobs(Vec<Option<Vec<u8>>>),
}

impl Statement {
    pub(crate) fn new() -> Self {
        Statement {
            sql: String::new(),
            binds: Vec::new(),
        }
    }

    /// `$n::text`
    pub(crate) fn text(&mut self, value: impl Into<String>) -> String {
        self.bind(Bind::Text(value.into()), "text")
    }

    /// `$n::bytea`
    pub(crate) fn bytes(&mut self, value: impl Into<Vec<u8>>) -> String {
        self.bind(Bind::Bytes(value.into()), "bytea")
    }

    /// `$n::text[]`
    pub(crate) fn texts(&mut self, values: Vec<String>) -> String {
        self.bind(Bind::Texts(values), "text[]")
    }

    /// `$n::text[]`
    #[cfg(feature = "portability")]
    pub(crate) fn nullable_texts(&mut self, values: Vec<Option<String>>) -> String {
        self.bind(Bind::NullableTexts(values), "text[]")
    }

    /// `$n::bytea[]`
    pub(crate) fn blobs(&mut self, values: Vec<Option<Vec<u8>>>) -> String {
        self.bind(Bind::Blobs(values), "bytea[]")
    }

    fn bind(&mut self, bind: Bind, sql_type: &str) -> String {
        self.binds.push(bind);
        format!("${}::pg_catalog.{sql_type}", self.binds.len())
    }
}

impl QueryFragment<Pg> for Statement {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.unsafe_to_cache_prepared();
        pass.push_sql(&self.sql);
        for bind in &self.binds {
            match bind {
                Bind::Text(value) => pass.push_bind_param_value_only::<Text, _>(value)?,
                Bind::Bytes(value) => pass.push_bind_param_value_only::<Bytea, _>(value)?,
                Bind::Texts(values) => pass.push_bind_param_value_only::<Array<Text>, _>(values)?,
                #[cfg(feature = "portability")]
                Bind::NullableTexts(values) => {
                    pass.push_bind_param_value_only::<Array<Nullable<Text>>, _>(values)?
                }
                Bind::Blobs(values) => {
                    pass.push_bind_param_value_only::<Array<Nullable<Bytea>>, _>(values)?
                }
            }
        }
        Ok(())
    }
}

impl QueryId for Statement {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Statement {
    type SqlType = Untyped;
}

#[cfg(feature = "postgres")]
impl<C: diesel::Connection> diesel::RunQueryDsl<C> for Statement {}

/// A row: some texts, and some bytes.
#[derive(Clone, QueryableByName)]
#[diesel(check_for_backend(Pg))]
pub(crate) struct Row {
    #[diesel(sql_type = Array<Nullable<Text>>)]
    texts: Vec<Option<String>>,
    #[diesel(sql_type = Array<Nullable<Bytea>>)]
    bytes: Vec<Option<Vec<u8>>>,
}

impl Row {
    /// The select list of such a row.
    pub(crate) fn list(texts: &[String], bytes: &[String]) -> String {
        let array = |items: &[String], name: &str, sql_type: &str| {
            let items = items.join(", ");
            format!("ARRAY[{items}]::pg_catalog.{sql_type}[] AS {name}")
        };
        format!(
            "{}, {}",
            array(texts, "texts", "text"),
            array(bytes, "bytes", "bytea")
        )
    }

    pub(crate) fn into_parts(self) -> (Vec<Option<String>>, Vec<Option<Vec<u8>>>) {
        (self.texts, self.bytes)
    }

    /// The texts, none of which is NULL.
    pub(crate) fn into_texts(self) -> Result<Vec<String>, OperationError> {
        let texts: Option<Vec<String>> = self.texts.into_iter().collect();
        texts.ok_or(OperationError::UnexpectedAnswer)
    }
}

/// The texts of a row as an array of known length.
pub(crate) fn fixed<const N: usize>(texts: Vec<String>) -> Result<[String; N], OperationError> {
    texts
        .try_into()
        .map_err(|_| OperationError::UnexpectedAnswer)
}
