use std::fmt;
use std::io::Write;
use std::marker::PhantomData;

use diesel::Queryable;
use diesel::deserialize::{self, FromSql};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Nullable, SingleValue};
use tenancy_core::encryption::{Decode, Encode};

use super::bind::sealed_value;
use super::sql_types::OfOneTenant;
use super::{ColumnLabel, Sealed, SealedBind};
use crate::ambient;

/// A value that is encrypted in the database.
///
/// `Debug` shows nothing of it. It has no equality and no order: what is encrypted is not compared by
/// the server, and a program compares what [`expose`](Encrypted::expose) gives it.
///
/// `T` is a `String`, `Vec<u8>`, an integer, `bool` and, by the features with Diesel's names, `Uuid`, the
/// types of chrono and time, `BigDecimal` (`numeric`), `serde_json::Value` or any serde type in
/// `Json` (`serde_json`).
#[derive(Clone, Default)]
pub struct Encrypted<T>(T, OfOneTenant);

impl<T> Encrypted<T> {
    /// A value to be encrypted.
    pub const fn new(value: T) -> Self {
        Encrypted(value, PhantomData)
    }

    /// The value.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> From<T> for Encrypted<T> {
    fn from(value: T) -> Self {
        Encrypted(value, PhantomData)
    }
}

impl<T> fmt::Debug for Encrypted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encrypted(..)")
    }
}

impl<T: Encode, L: ColumnLabel> ToSql<Sealed<L>, Pg> for Encrypted<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&ambient::column::<L>()?.seal(&self.0)?)?;
        Ok(IsNull::No)
    }
}

impl<T: Encode, L: ColumnLabel> ToSql<Nullable<Sealed<L>>, Pg> for Encrypted<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Sealed<L>, Pg>::to_sql(self, out)
    }
}

impl<T: Decode, L: ColumnLabel> FromSql<Sealed<L>, Pg> for Encrypted<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Encrypted::new(
            ambient::column::<L>()?.open(bytes.as_bytes())?,
        ))
    }
}

impl<T, ST> Queryable<ST, Pg> for Encrypted<T>
where
    ST: SingleValue,
    Encrypted<T>: FromSql<ST, Pg>,
{
    type Row = Self;

    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

sealed_value!(Sealed, ColumnLabel: [T,] Encrypted<T>, ['a, T,] &'a Encrypted<T>);
