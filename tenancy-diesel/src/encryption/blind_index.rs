use std::fmt;
use std::io::Write;
use std::marker::PhantomData;

use diesel::expression::{AsExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Array, Bool, Bytea, Nullable};
use diesel::{AppearsOnTable, Expression, QueryResult, SelectableExpression};

use super::bind::sealed_value;
use super::{IndexLabel, Indexed, SealedBind};
use crate::ambient;

/// The blind index of a value: a keyed hash, by which an encrypted value can be found.
///
/// It is the value of a column that stands beside the encrypted one and is written together with it.
/// `tenant_schema!` declares it with the label and the [`BlindIndexSpec`](super::BlindIndexSpec):
///
/// ```
/// # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
/// use tenancy_diesel::encryption::{
///     BlindIndex, BlindIndexExpressionMethods, BlindIndexSpec, Encrypted, Normaliser,
/// };
/// use tenancy_diesel::prelude::*;
///
/// /// E-mail addresses without regard to case.
/// pub const EMAIL: BlindIndexSpec = BlindIndexSpec::new(Normaliser::ASCII_LOWER, 128);
///
/// mod schema {
///     tenancy_diesel::tenant_schema! {
///         include = "../doc/secrets.rs",
///         tenant = tenant_id: uuid::Uuid,
///         encrypted = [people.email as "people.email"],
///         blind_indexes = [people.email_index as "people.email": super::EMAIL],
///     }
/// }
/// use schema::people;
///
/// fn add(conn: &mut schema::Scoped<PgConnection>, email: &str) -> QueryResult<usize> {
///     insert_into(people::table)
///         .values((
///             people::email.eq(Encrypted::new(email.to_owned())),
///             people::email_index.eq(BlindIndex::new(email)),
///         ))
///         .execute(conn)
/// }
///
/// fn find(conn: &mut schema::Scoped<PgConnection>, email: &str) -> QueryResult<Vec<Encrypted<String>>> {
///     let mut found: Vec<Encrypted<String>> = people::table
///         .filter(people::email_index.matches(email))
///         .select(people::email)
///         .load(conn)?;
///     // Truncated indexes collide.
///     found.retain(|found| EMAIL.confirms(email, found.expose()));
///     Ok(found)
/// }
/// # }
/// ```
///
/// What a reader of the database learns is which rows of one tenant have equal values. A unique constraint
/// over it, together with the tenant, needs 128 bits.
#[derive(Clone)]
pub struct BlindIndex(String);

impl BlindIndex {
    /// The index of this value.
    pub fn new(value: impl Into<String>) -> Self {
        BlindIndex(value.into())
    }
}

impl fmt::Debug for BlindIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(..)")
    }
}

impl<L: IndexLabel> ToSql<Indexed<L>, Pg> for BlindIndex {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&ambient::blind_index::<L>()?.of(&self.0))?;
        Ok(IsNull::No)
    }
}

impl<L: IndexLabel> ToSql<Nullable<Indexed<L>>, Pg> for BlindIndex {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Indexed<L>, Pg>::to_sql(self, out)
    }
}

sealed_value!(Indexed, IndexLabel: [] BlindIndex, ['a,] &'a BlindIndex);

/// The search by a blind index.
pub trait BlindIndexExpressionMethods: Expression + Sized {
    /// The label of the index.
    type Label: IndexLabel;

    /// The rows whose value has the same index: under any of the tenant's index keys, for they are
    /// exchanged row by row. The index decides nothing; compare the values that are found.
    fn matches(self, value: impl Into<String>) -> Matches<Self, Self::Label> {
        Matches {
            column: self,
            sought: Sought(value.into(), PhantomData),
        }
    }
}

impl<C, L> BlindIndexExpressionMethods for C
where
    C: Expression,
    C::SqlType: IndexType<Label = L>,
    L: IndexLabel,
{
    type Label = L;
}

/// The SQL types of blind indexes.
#[doc(hidden)]
pub trait IndexType {
    /// The label.
    type Label;
}

impl<L> IndexType for Indexed<L> {
    type Label = L;
}

impl<L: 'static> IndexType for Nullable<Indexed<L>> {
    type Label = L;
}

/// `index = ANY ($1)`, from [`matches`](BlindIndexExpressionMethods::matches).
#[derive(Debug, Clone)]
pub struct Matches<C, L> {
    column: C,
    sought: Sought<L>,
}

#[derive(Clone)]
struct Sought<L>(String, PhantomData<fn() -> L>);

impl<L> fmt::Debug for Sought<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindIndex(..)")
    }
}

impl<L: IndexLabel> ToSql<Array<Bytea>, Pg> for Sought<L> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let values = ambient::blind_index::<L>()?.any_of(&self.0);
        ToSql::<Array<Bytea>, Pg>::to_sql(&values, &mut out.reborrow())
    }
}

impl<C: QueryId, L: 'static> QueryId for Matches<C, L> {
    type QueryId = Matches<C::QueryId, L>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C: Expression, L> Expression for Matches<C, L> {
    type SqlType = Nullable<Bool>;
}

impl<C: QueryFragment<Pg>, L: IndexLabel> QueryFragment<Pg> for Matches<C, L> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        pass.push_sql("(");
        self.column.walk_ast(pass.reborrow())?;
        pass.push_sql(" = ANY (");
        pass.push_bind_param::<Array<Bytea>, Sought<L>>(&self.sought)?;
        pass.push_sql("))");
        Ok(())
    }
}

impl<C, L, QS: ?Sized> AppearsOnTable<QS> for Matches<C, L>
where
    C: AppearsOnTable<QS>,
    Matches<C, L>: Expression,
{
}

impl<C, L, QS: ?Sized> SelectableExpression<QS> for Matches<C, L>
where
    C: SelectableExpression<QS>,
    Matches<C, L>: AppearsOnTable<QS>,
{
}

impl<C: ValidGrouping<G>, L, G> ValidGrouping<G> for Matches<C, L> {
    type IsAggregate = C::IsAggregate;
}
