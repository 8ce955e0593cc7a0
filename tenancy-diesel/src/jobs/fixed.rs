//! Statements whose texts never change, so that they stay prepared.

use std::marker::PhantomData;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Binary, Text};

pub(super) enum Bind<'a> {
    Text(&'a str),
    Texts(&'a [&'static str]),
    Bytes(&'a [u8]),
    ManyBytes(&'a [&'a [u8]]),
    Number(i64),
}

/// SQL in which each `?` stands for a bind. `R` is the SQL type of its rows.
pub(super) struct Fixed<'a, R = ()> {
    sql: &'static str,
    binds: Vec<Bind<'a>>,
    rows: PhantomData<fn() -> R>,
}

pub(super) fn fixed<R>(sql: &'static str) -> Fixed<'static, R> {
    Fixed {
        sql,
        binds: Vec::new(),
        rows: PhantomData,
    }
}

impl<R> Fixed<'static, R> {
    pub(super) fn binds<'a>(self, binds: impl IntoIterator<Item = Bind<'a>>) -> Fixed<'a, R> {
        Fixed {
            sql: self.sql,
            binds: binds.into_iter().collect(),
            rows: PhantomData,
        }
    }
}

impl<R> QueryFragment<Pg> for Fixed<'_, R> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (at, piece) in self.sql.split('?').enumerate() {
            if let Some(bind) = at.checked_sub(1).and_then(|before| self.binds.get(before)) {
                match bind {
                    Bind::Text(text) => out.push_bind_param::<Text, _>(text)?,
                    Bind::Texts(texts) => out.push_bind_param::<Array<Text>, _>(texts)?,
                    Bind::Bytes(bytes) => out.push_bind_param::<Binary, _>(bytes)?,
                    Bind::ManyBytes(bytes) => out.push_bind_param::<Array<Binary>, _>(bytes)?,
                    Bind::Number(number) => out.push_bind_param::<BigInt, _>(number)?,
                }
            }
            out.push_sql(piece);
        }
        Ok(())
    }
}

/// Cached by its text.
impl<R> QueryId for Fixed<'_, R> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<R> Query for Fixed<'_, R> {
    type SqlType = R;
}
