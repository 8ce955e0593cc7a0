use std::marker::PhantomData;

use diesel::query_builder::QueryId;
use diesel::sql_types::SqlType;
use tenancy_core::encryption::{BlindIndexSpec, Label};

/// The SQL type of an encrypted column: `bytea` for PostgreSQL, and a type of its own for Rust, so that a
/// value of one column cannot be bound to another.
///
/// Its OID is fixed. diesel-async collects the binds of a statement twice when a type has to be looked up
/// by name, and a random nonce must not be part of that.
#[derive(Debug, Clone, Copy, Default, SqlType)]
#[diesel(postgres_type(oid = 17, array_oid = 1001))]
pub struct Sealed<L: 'static>(PhantomData<L>, OfOneTenant);

/// The SQL type of a blind index, likewise.
#[derive(Debug, Clone, Copy, Default, SqlType)]
#[diesel(postgres_type(oid = 17, array_oid = 1001))]
pub struct Indexed<L: 'static>(PhantomData<L>, OfOneTenant);

/// In a type, it keeps its values from being loaded across tenants: see
/// `crossing::ReadableAcross`, which asks for `UnwindSafe`.
pub(super) type OfOneTenant = PhantomData<&'static mut ()>;

macro_rules! query_id {
    ($($sql_type:ident),*) => {$(
        impl<L: 'static> QueryId for $sql_type<L> {
            type QueryId = Self;
            const HAS_STATIC_QUERY_ID: bool = true;
        }
    )*};
}

query_id!(Sealed, Indexed);

/// The label of an encrypted column. Implemented by `tenant_schema!`.
pub trait ColumnLabel: 'static {
    /// The label.
    const LABEL: Label;
}

/// The label of a blind index, and how it is computed. Implemented by `tenant_schema!`.
pub trait IndexLabel: 'static {
    /// The label.
    const LABEL: Label;
    /// How it is computed.
    const SPEC: BlindIndexSpec;
}
