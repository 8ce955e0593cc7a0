use diesel::pg::Pg;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Integer, SingleValue, SqlType, Text};
use tenancy_core::TenantId;

/// A tenant id that a column can hold.
///
/// Implemented for [`i32`], [`i64`], [`String`] and, with the `uuid` feature, `uuid::Uuid`. Derive it
/// for a newtype with `#[derive(TenantId)]`, so that a scope of one kind of id and a table of another
/// do not compile together:
///
/// ```
/// # #[cfg(feature = "uuid")] {
/// use tenancy_diesel::TenantId;
///
/// #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
/// struct OrgId(uuid::Uuid);
///
/// #[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
/// #[tenant_id(variable = "shop.merchant")]
/// struct Merchant(String);
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a tenant id that a column can hold",
    note = "use `Uuid`, `i32`, `i64`, `String` or a newtype around one with `#[derive(TenantId)]`"
)]
pub trait SqlTenantId: TenantId + ToSql<<Self as SqlTenantId>::SqlType, Pg> {
    /// The Diesel SQL type of the tenant columns.
    type SqlType: SqlType + SingleValue + 'static;

    /// The same type as PostgreSQL names it, for the cast in a policy.
    const PG_TYPE: &'static str;

    /// The session variable that carries the tenant to the policies.
    ///
    /// This is the one place that decides it: scopes set it, and the policies that
    /// [`policy_sql`](crate::policy_sql) writes read it.
    const VARIABLE: &'static str = "app.tenant_id";

    /// The variable as this id has it. Only the ids of tools, which read a registry when they run, know
    /// another one than [`VARIABLE`](Self::VARIABLE).
    #[doc(hidden)]
    fn variable(&self) -> &str {
        Self::VARIABLE
    }
}

impl SqlTenantId for i32 {
    type SqlType = Integer;
    const PG_TYPE: &'static str = "int4";
}

impl SqlTenantId for i64 {
    type SqlType = BigInt;
    const PG_TYPE: &'static str = "int8";
}

impl SqlTenantId for String {
    type SqlType = Text;
    const PG_TYPE: &'static str = "text";
}

#[cfg(feature = "uuid")]
impl SqlTenantId for uuid::Uuid {
    type SqlType = diesel::sql_types::Uuid;
    const PG_TYPE: &'static str = "uuid";
}
