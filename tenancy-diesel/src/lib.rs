//! Compile-time tenant scoping for [Diesel](diesel) and diesel-async on PostgreSQL.
//!
//! Queries on the tables of tenants compile only for a [`Scoped`] connection. It puts the tenant
//! filter into every table reference and sets the session variable that row-level security reads, so
//! that two independent layers must fail before a row reaches another tenant.
//!
//! ```
//! # #[cfg(all(feature = "postgres", feature = "uuid"))] mod example {
//! // What `diesel print-schema` writes is in src/schema/generated.rs, unmodified.
//! mod schema {
//!     use super::OrgId;
//!
//!     tenancy_diesel::tenant_schema! {
//!         include = "doc/generated.rs",
//!         tenant = tenant_id: OrgId,              // every table with this column
//!         root = [organisations(id)],             // the table of the tenants
//!         shared = [countries],                   // everybody reads
//!         joins = [tasks.project_id -> projects], // composite foreign keys
//!     }
//! }
//!
//! use diesel::prelude::*;
//! use schema::{projects, tasks};
//! use tenancy_diesel::Scoped;
//! use tenancy_diesel::prelude::*;
//! use uuid::Uuid;
//!
//! #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, TenantId)]
//! pub struct OrgId(Uuid);
//!
//! #[derive(Queryable, Selectable, TenantScoped)]
//! #[diesel(table_name = projects, check_for_backend(diesel::pg::Pg))]
//! struct Project {
//!     id: Uuid,
//!     name: String,
//! }
//!
//! fn open_tasks(
//!     conn: &mut schema::Scoped<PgConnection>,
//! ) -> QueryResult<Vec<(Project, Option<String>)>> {
//!     projects::table
//!         .left_join(tasks::table)
//!         .filter(projects::name.like("a%"))
//!         .select((Project::as_select(), tasks::title.nullable()))
//!         .load(conn)
//! }
//!
//! fn rename(project: &Project, conn: &mut schema::Scoped<PgConnection>) -> QueryResult<usize> {
//!     update(project).set(projects::name.eq("roof")).execute(conn)
//! }
//!
//! fn run(conn: PgConnection, org: Uuid) -> Result<(), Box<dyn std::error::Error>> {
//!     let mut conn = Scoped::open(conn, OrgId(org))?;
//!     insert_into(projects::table)            // the tenant is filled in; it cannot be named
//!         .values((projects::id.eq(Uuid::from_u128(1)), projects::name.eq("house")))
//!         .execute(&mut conn)?;
//!     for (project, _) in open_tasks(&mut conn)? {
//!         rename(&project, &mut conn)?;
//!     }
//!     Ok(())
//! }
//! # }
//! ```
//!
//! # Where to look
//!
//! - [`tenant_schema!`] declares whose rows the tables hold.
//! - [`Scoped`] is the connection: statements, transactions, failures.
//! - [`pool::TenantPool`] hands out scopes, of connections of bb8, deadpool or r2d2. [`CurrentTenant`] is the
//!   tenant of a task.
//! - `crossing::CrossTenant` reads the rows of all tenants, for a reason that is on record.
//! - [`insert_into()`], [`update()`], [`delete()`], [`scoped()`], [`dsl::exists()`] and [`dsl::select()`]
//!   stand in for Diesel's functions of the same names; everything else is Diesel's own method.
//! - [`dsl`] has the helper types for return types, and [`auto_type`](dsl::auto_type).
//! - [`unnest`](statements::IncompleteInsert::unnest) loads in bulk, `copy_to` copies out.
//! - [`encryption`] has the values of encrypted columns, the keyring and its key stores.
//! - `erasure` forgets a tenant, in the database and outside of it.
//! - `jobs` (a feature) has background jobs that carry their tenant.
//! - [`sealed`] has tenants that SQL cannot forge: the policies verify them.
//! - [`TenantScoped`](derive@TenantScoped) and [`TenantId`](derive@TenantId) are the derives.
//! - `portability` exports one tenant to files, and imports them under another tenant.
//! - [`observe`] has the spans of statements and the counters.
//! - [`policy_sql`] and [`bootstrap_sql`] write the policies and the roles.
//!
//! # What differs from plain Diesel
//!
//! - A primary key in GROUP BY does not make the other columns of the table available, because
//!   PostgreSQL sees a sub-select: group by every column that is selected, or select them in a query
//!   around it.
//! - `Identifiable`, `HasQuery` and `alias!` do not take scoped tables; `TenantScoped`, [`TenantQuery`]
//!   and `aliases = [..]` are there in their place.
//! - `copy_from` is refused by PostgreSQL under row-level security; `unnest` is there in its place.
//! - Tenant sub-queries stand in SET and wherever a query has expressions, but not in the VALUES of an
//!   INSERT: insert from a select instead.
//! - A fragment `sql(..)` in a filter keeps to itself: the OR of `sql("a OR b")` does not reach the
//!   other filters of the query.
//! - Raw SQL (`sql_query`, fragments of `sql(..)`) is confined by row-level security alone.
//!
//! # Features
//!
//! Diesel's own names: `postgres` (synchronous, libpq), `async`, `bb8`, `deadpool`, `r2d2`, `uuid`, and
//! `32-column-tables`, `64-column-tables`, `128-column-tables`. `encryption` is ours: encrypted columns,
//! the keyring and, with `bb8` or `r2d2`, the key store in PostgreSQL. So is `jobs`: background jobs. An asynchronous application needs
//! no libpq: `default-features = false, features = ["async"]`.

#[cfg(not(any(feature = "async", feature = "postgres")))]
compile_error!(
    "enable `async` or `postgres` of tenancy-diesel: a scope needs a kind of connection"
);

mod ambient;
pub mod audit;
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
pub mod crossing;
#[cfg(feature = "async")]
mod current;
pub mod dsl;
#[cfg(feature = "encryption")]
pub mod encryption;
#[cfg(feature = "erasure")]
pub mod erasure;
mod error;
#[cfg(feature = "jobs")]
pub mod jobs;
mod model;
pub mod observe;
mod policy;
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
pub mod pool;
#[cfg(feature = "async")]
pub mod pooler;
#[cfg(feature = "portability")]
pub mod portability;
#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "erasure",
    feature = "r2d2"
))]
mod purpose;
mod query;
mod scoped;
pub mod sealed;
#[cfg(feature = "search")]
pub mod search;
#[cfg(any(
    feature = "bb8",
    feature = "deadpool",
    feature = "erasure",
    feature = "r2d2"
))]
mod search_path;
mod table;
mod tenant;
#[cfg(any(feature = "encryption", feature = "erasure"))]
mod timeout;
mod write;

#[cfg(feature = "async")]
pub use current::{CurrentTenant, CurrentTenantError};
pub use dsl::{delete, insert_into, update};
pub use error::ScopeError;
#[cfg(feature = "postgres")]
pub use model::ScopedSaveChangesDsl;
pub use model::{ScopedBelongingToDsl, TenantModel, TenantQuery};
pub use policy::{
    Differs, DistributionError, FromDatabase, KeyFinding, LiveSchema, LiveSchemaError,
    MigrationFile, MigrationFiles, OnMissing, PolicyDiff, PolicyDiffError, PolicyDifference,
    PolicyOptions, PolicySql, bootstrap_sql, policy_sql,
};
#[cfg(feature = "bb8")]
pub use pool::bb8;
#[cfg(feature = "deadpool")]
pub use pool::deadpool;
#[cfg(feature = "r2d2")]
pub use pool::r2d2;
#[cfg(feature = "postgres")]
pub use query::{CopyColumns, CopyTo, copy_to};
pub use query::{
    DebugQuery, Delimited, InScope, Inner, ScopedExpression, ScopedOn, ScopedOnDsl, ScopedQuery,
    ScopedTable, debug_query, scoped,
};
#[cfg(feature = "async")]
pub use scoped::{AsyncScopeConnection, AsyncScopedTransactionManager};
#[cfg(feature = "async")]
pub use scoped::{Pipeline, PipelineExecute, PipelineLoad, ScopedStream};
pub use scoped::{Retry, ScopeConnection, Scoped, StatementError, TransactionBuilder};
#[cfg(feature = "postgres")]
pub use scoped::{ScopedTransactionManager, SyncScopeConnection};
pub use table::{
    Hosts, NoTable, OnlyScoped, PlainJoin, Schema, ScopedSource, TenantColumn, ThroughDiesel,
    UseTheFunctionsOfTenancyDiesel, WritableColumn,
};
pub use tenancy_core::{
    Class, Column, EncryptedColumn, InvalidTenantId, MAX_TEXT_ID_BYTES, Registry, Table, TenantId,
    is_valid_variable, quote_identifier, quote_literal, validate_text, validate_wide_text,
};
pub use tenancy_derive::{TenantId, TenantScoped, tenant_schema};
pub use tenant::SqlTenantId;

/// ON CONFLICT, in the place of [`diesel::upsert`].
pub mod upsert {
    pub use crate::write::on_constraint;
    pub use diesel::upsert::excluded;
}

/// What asynchronous code imports by name beside diesel-async's `RunQueryDsl`.
#[cfg(feature = "async")]
pub mod asynchronous {
    pub use crate::model::AsyncScopedSaveChangesDsl as ScopedSaveChangesDsl;
}

/// The types and traits of statements, for code that names them.
pub mod statements {
    #[doc(hidden)]
    pub use crate::query::{
        ExecuteStatement, JoinCondition, JoinSource, LoadStatement, ScopedParts, Subquery,
    };
    #[cfg(feature = "postgres")]
    pub use crate::scoped::{LoadingMode, Rows};
    pub use crate::table::{Bernoulli, Only, Sample, SharedTable, System, TenantTable, Whole};
    #[doc(hidden)]
    pub use crate::table::{SameTenant, StandsFor};
    pub use crate::write::{
        BoxedRows, ColumnValue, ConflictColumns, Delete, DeleteTarget, DoNothing, DoUpdate,
        FillTenant, IncompleteDoUpdate, IncompleteInsert, IncompleteOnConflict, Insert,
        InsertTarget, ManyRows, NoConflict, NoReturning, OnConstraint, OneRow, SelectedRows,
        SetNotCalled, TableColumns, UnnestColumns, UnnestedRows, Update, UpdateTarget,
    };
    #[doc(hidden)]
    pub use crate::write::{ReturningDsl, SetDsl, TargetRows, ValuesDsl};
}

/// Diesel's prelude with this crate's names in the place of Diesel's.
///
/// diesel-async's `RunQueryDsl` stays an explicit import, as with Diesel's own prelude.
pub mod prelude {
    pub use diesel::associations::GroupedBy;
    pub use diesel::prelude::*;

    #[cfg(feature = "postgres")]
    pub use crate::ScopedSaveChangesDsl;
    pub use crate::{
        ScopedBelongingToDsl, ScopedOnDsl, SqlTenantId, TenantId, TenantQuery, TenantScoped,
        delete, insert_into, scoped, update,
    };
}

/// What the macros name. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use crate::table::{
        ModelTable, Owner, PlainJoin, Relation, Schema, ScopeTable, SharedTable, TenantTable,
    };
    pub use crate::write::{DeleteTarget, InsertTarget, UpdateTarget};
    pub use tenancy_derive::__table;

    /// The type of the value `projects::table`, found by the type of the same name.
    pub type TableValue<T> = <T as ScopeTable>::Value;
}
