//! A registry from a database that has none yet.

mod catalog;
mod classify;
mod keys;
mod mend;

use diesel::connection::LoadConnection;
use diesel::pg::Pg;
use tenancy_core::Registry;

use catalog::Catalog;
pub use keys::KeyFinding;

/// Why a database could not be described.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LiveSchemaError {
    /// The catalog could not be read.
    #[error("the catalog of the database could not be read: {0}")]
    Database(#[from] diesel::result::Error),
    /// A table that was named is not there.
    #[error("there is no table `{0}` in the schemas that were named")]
    NoTable(String),
    /// The table of the tenants has no key of one column.
    #[error("the primary key of the root table `{0}` is not one column")]
    RootKey(String),
    /// No table has the tenant column.
    #[error("no table has a column `{0}`")]
    NoTenantTable(String),
    /// Two tables disagree about the type of the tenant.
    #[error(
        "the tenant is of type {first_type} in `{first}` and of type {second_type} in `{second}`"
    )]
    Types {
        /// One of the tables.
        first: String,
        /// Its type.
        first_type: String,
        /// The other one.
        second: String,
        /// Its type.
        second_type: String,
    },
}

/// How to read the tables of a database that has no `tenant_schema!` yet.
///
/// A table with the tenant column is a tenant table. One without it is a `via` table when foreign keys of
/// one column, none of them nullable, lead to a table of a tenant. What remains is in
/// [`LiveSchema::unclassified`], and in the registry as excluded, so that no text is silent about it.
///
/// ```no_run
/// use diesel::prelude::*;
/// use tenancy_diesel::{FromDatabase, policy_sql};
///
/// let mut conn = PgConnection::establish("postgres://tenancy_migrator@localhost/shop")?;
/// let live = FromDatabase::new("tenant_id")
///     .root("organisations")
///     .shared(["countries"])
///     .read(&mut conn)?;
/// for table in live.unclassified() {
///     eprintln!("{table}: whose rows are these?");
/// }
/// std::fs::write("up.sql", policy_sql(&live.registry()).up())?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct FromDatabase {
    tenant_column: String,
    root: Option<String>,
    variable: String,
    schemas: Vec<String>,
    shared: Vec<String>,
}

impl FromDatabase {
    /// Takes tables with this column for tables of tenants.
    pub fn new(tenant_column: impl Into<String>) -> Self {
        FromDatabase {
            tenant_column: tenant_column.into(),
            root: None,
            variable: "app.tenant_id".to_owned(),
            schemas: vec!["public".to_owned()],
            shared: Vec::new(),
        }
    }

    /// Names the table of the tenants: `organisations`, or `accounts::organisations` in another schema.
    pub fn root(mut self, path: impl Into<String>) -> Self {
        self.root = Some(path.into());
        self
    }

    /// Names the session variable, which is `app.tenant_id` otherwise.
    pub fn variable(mut self, name: impl Into<String>) -> Self {
        self.variable = name.into();
        self
    }

    /// Adds a PostgreSQL schema, besides `public`.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schemas.push(name.into());
        self
    }

    /// Names tables that everybody reads, also such as have foreign keys to tables of tenants.
    pub fn shared<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.shared.extend(paths.into_iter().map(Into::into));
        self
    }

    /// Reads the catalog. Nothing is written, and no privilege on the tables is needed.
    ///
    /// The description is never freed, because a [`Registry`] lives as long as the program: call it
    /// from tools, not in a loop.
    ///
    /// # Errors
    /// [`LiveSchemaError`].
    pub fn read<C>(&self, conn: &mut C) -> Result<LiveSchema, LiveSchemaError>
    where
        C: LoadConnection<Backend = Pg>,
    {
        let catalog = Catalog::read(conn, &self.schemas)?;
        let (registry, unclassified) = classify::classify(self, &catalog)?;
        Ok(LiveSchema {
            registry,
            unclassified,
            catalog,
        })
    }
}

/// The tables of a database, described by [`FromDatabase`].
#[derive(Debug, Clone)]
pub struct LiveSchema {
    registry: Registry,
    unclassified: Vec<String>,
    catalog: Catalog,
}

impl LiveSchema {
    /// The tables as a registry, to generate from. Partitions and inheritance children are not in it:
    /// they have what their parent has.
    pub fn registry(&self) -> Registry {
        self.registry
    }

    /// The paths of the tables that have no tenant column and no way to one, and were not named as shared.
    pub fn unclassified(&self) -> &[String] {
        &self.unclassified
    }
}
