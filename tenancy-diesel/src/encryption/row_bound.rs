use std::fmt;
use std::io::Write;
use std::marker::PhantomData;

use diesel::Queryable;
use diesel::deserialize::{self, FromSql};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Nullable, SingleValue};
use tenancy_core::encryption::{Column, Decode, Encode, EncryptionError, RowId};

use super::bind::sealed_value;
use super::sql_types::OfOneTenant;
use super::{ColumnLabel, Sealed, SealedBind};
use crate::ambient;

/// An encrypted value that is bound to its row as well.
///
/// [`Encrypted`](super::Encrypted) is refused in another tenant's row and in another column, but not in
/// another row of the same column of the same tenant. A `RowBound` is: it is sealed for the id of the row,
/// which the application supplies, and opens with that id alone.
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// # mod schema {
/// #     tenancy_diesel::tenant_schema! {
/// #         include = "../doc/secrets.rs",
/// #         tenant = tenant_id: uuid::Uuid,
/// #         encrypted = [accounts.api_key as "accounts.api_key"],
/// #     }
/// # }
/// # use schema::accounts;
/// # use tenancy_diesel::prelude::*;
/// use tenancy_diesel::encryption::{RowBound, RowId};
///
/// fn run(conn: &mut schema::Scoped<PgConnection>) -> Result<String, Box<dyn std::error::Error>> {
///     let row = RowId::new("7");
///     insert_into(accounts::table)
///         .values((accounts::id.eq(7), accounts::api_key.eq(RowBound::seal(row.clone(), "s3cret"))))
///         .execute(conn)?;
///     let stored: RowBound<String> = accounts::table.find(7).select(accounts::api_key).first(conn)?;
///     Ok(stored.open(&row)?)
/// }
/// # }
/// ```
#[derive(Clone)]
pub struct RowBound<T>(State<T>, OfOneTenant);

#[derive(Clone)]
enum State<T> {
    /// To be sealed.
    Value(RowId, T),
    /// As it was loaded, with the keys of its column.
    Stored(Column, Vec<u8>),
}

impl<T> RowBound<T> {
    /// A value to be sealed for this row.
    pub const fn seal(row: RowId, value: T) -> Self {
        RowBound(State::Value(row, value), PhantomData)
    }

    /// Opens a value that was loaded.
    ///
    /// # Errors
    /// [`EncryptionError::Tampered`] for the value of another row;
    /// [`EncryptionError::Malformed`] for one that was not bound to a row, and for one that was not
    /// loaded; and whatever opening a value can answer, [`EncryptionError::NotUnlocked`] when the lease
    /// of the keys is over among them.
    pub fn open(&self, row: &RowId) -> Result<T, EncryptionError>
    where
        T: Decode,
    {
        match &self.0 {
            State::Value(..) => Err(EncryptionError::Malformed),
            State::Stored(column, bytes) => column.open_row(row, bytes),
        }
    }
}

impl<T> fmt::Debug for RowBound<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RowBound(..)")
    }
}

impl<T: Encode, L: ColumnLabel> ToSql<Sealed<L>, Pg> for RowBound<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        match &self.0 {
            State::Value(row, value) => {
                out.write_all(&ambient::column::<L>()?.seal_row(row, value)?)?;
                Ok(IsNull::No)
            }
            // Written back as it was loaded: it belongs to its row, so it must be opened and sealed.
            State::Stored(..) => Err(EncryptionError::Malformed.into()),
        }
    }
}

impl<T: Encode, L: ColumnLabel> ToSql<Nullable<Sealed<L>>, Pg> for RowBound<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Sealed<L>, Pg>::to_sql(self, out)
    }
}

impl<T, L: ColumnLabel> FromSql<Sealed<L>, Pg> for RowBound<T> {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let column = ambient::column::<L>()?;
        let stored = State::Stored(column, bytes.as_bytes().to_vec());
        Ok(RowBound(stored, PhantomData))
    }
}

impl<T, ST> Queryable<ST, Pg> for RowBound<T>
where
    ST: SingleValue,
    RowBound<T>: FromSql<ST, Pg>,
{
    type Row = Self;

    fn build(row: Self) -> deserialize::Result<Self> {
        Ok(row)
    }
}

sealed_value!(Sealed, ColumnLabel: [T,] RowBound<T>, ['a, T,] &'a RowBound<T>);
