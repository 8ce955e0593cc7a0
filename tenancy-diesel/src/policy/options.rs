use tenancy_core::{Registry, Table};

use super::columns::Form;
use super::{MigrationFiles, PolicySql, online};

/// What a policy answers when the session has no tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OnMissing {
    /// No rows, and no row can be written.
    #[default]
    NoRows,
    /// An error of the server, so that a forgotten scope cannot look like an empty result.
    ///
    /// A session that has had a scope before holds the empty text. It is no `uuid` and no number and
    /// so an error too; for a tenant of type `text` it is a valid text that no row can hold, and
    /// gives no rows.
    Error,
}

/// For which roles, tables and cases the policies are written.
///
/// The defaults:
///
/// | role | name | |
/// |---|---|---|
/// | owner | `tenancy_owner` | owns the tables, cannot log in |
/// | migrator | `tenancy_migrator` | runs the migrations as the owner |
/// | application | `app` | reads and writes the rows of one tenant at a time |
/// | admin | none | reads the rows of all tenants |
/// | eraser | none | deletes the rows of one tenant |
/// | keys | none | reads and writes the key tables of encrypted columns, and nothing else |
///
/// ```
/// use tenancy_diesel::{OnMissing, PolicyOptions, Registry};
///
/// const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[]);
///
/// let policies = PolicyOptions::new()
///     .app_role("shop_app")
///     .admin_role("shop_support")
///     .on_missing(OnMissing::Error)
///     .generate(&REGISTRY);
/// # assert_eq!(policies, policies.clone());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[must_use]
pub struct PolicyOptions {
    pub(crate) app: String,
    pub(crate) owner: String,
    pub(crate) migrator: String,
    pub(crate) admin: Option<String>,
    pub(crate) eraser: Option<String>,
    pub(crate) keys: Option<String>,
    pub(crate) schemas: Vec<String>,
    pub(crate) on_missing: OnMissing,
    pub(super) per_command: bool,
    pub(super) tenant_not_null: bool,
    pub(super) tenant_default: bool,
    pub(super) tenant_keys: bool,
    pub(super) online: bool,
    pub(crate) sealed: bool,
    pub(crate) citus: bool,
    only: Option<Vec<String>>,
}

impl Default for PolicyOptions {
    fn default() -> Self {
        PolicyOptions {
            app: "app".to_owned(),
            owner: "tenancy_owner".to_owned(),
            migrator: "tenancy_migrator".to_owned(),
            admin: None,
            eraser: None,
            keys: None,
            schemas: vec!["public".to_owned()],
            on_missing: OnMissing::default(),
            per_command: false,
            tenant_not_null: false,
            tenant_default: false,
            tenant_keys: false,
            online: false,
            sealed: false,
            citus: false,
            only: None,
        }
    }
}

impl PolicyOptions {
    /// The default options.
    pub fn new() -> Self {
        PolicyOptions::default()
    }

    /// The role that the application connects as.
    pub fn app_role(mut self, name: impl Into<String>) -> Self {
        self.app = name.into();
        self
    }

    /// The role that owns the tables. Only [`bootstrap_sql`](super::bootstrap_sql) reads it.
    pub fn owner_role(mut self, name: impl Into<String>) -> Self {
        self.owner = name.into();
        self
    }

    /// The role that runs the migrations. Only [`bootstrap_sql`](super::bootstrap_sql) reads it.
    pub fn migrator_role(mut self, name: impl Into<String>) -> Self {
        self.migrator = name.into();
        self
    }

    /// Adds a role that reads the rows of all tenants, such as `tenancy_admin`.
    pub fn admin_role(mut self, name: impl Into<String>) -> Self {
        self.admin = Some(name.into());
        self
    }

    /// Adds a role that reads and deletes the rows of one tenant, such as `tenancy_eraser`. The
    /// application's policies hold for it too, so that they confine its deletes.
    pub fn eraser_role(mut self, name: impl Into<String>) -> Self {
        self.eraser = Some(name.into());
        self
    }

    /// Adds a role for the key store of encrypted columns, such as `tenancy_keys`. Only
    /// [`bootstrap_sql`](super::bootstrap_sql) reads it; `tenancy_migrations::grant_keys` gives it its
    /// privileges.
    pub fn keys_role(mut self, name: impl Into<String>) -> Self {
        self.keys = Some(name.into());
        self
    }

    /// Adds a PostgreSQL schema that has tables of the application, besides `public`. Only
    /// [`bootstrap_sql`](super::bootstrap_sql) reads it.
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        self.schemas.push(name.into());
        self
    }

    /// What a policy answers when the session has no tenant.
    pub fn on_missing(mut self, answer: OnMissing) -> Self {
        self.on_missing = answer;
        self
    }

    /// Has the policies take the tenant from a sealed value, which only an application with the key can make:
    /// SQL that was injected into a scope cannot name another tenant. Every scope of the schema needs a
    /// `Sealer` then.
    ///
    /// A value that is not in order is an error of the server, whatever `on_missing` says.
    ///
    /// `up` refuses to run before the function `tenancy.sealed_tenant` is there, a key has been created and the
    /// roles may have it verify: `tenancy_migrations` has `run`, `create_sealing_key` and `grant_sealed`.
    ///
    /// ```
    /// # use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
    /// #     path: "projects", schema: None, name: "projects",
    /// #     class: Class::Tenant { column: "tenant_id" },
    /// #     columns: &[], primary_key: &["tenant_id", "id"], encrypted: &[],
    /// # }]);
    /// let policies = PolicyOptions::new().sealed().generate(&REGISTRY);
    /// let condition = "(SELECT tenancy.sealed_tenant('app.tenant_id', false)::uuid)";
    /// assert!(policies.up().contains(condition));
    /// ```
    pub fn sealed(mut self) -> Self {
        self.sealed = true;
        self
    }

    /// Writes a policy for each of SELECT, INSERT, UPDATE and DELETE instead of one FOR ALL.
    ///
    /// They confine the application to the same rows. Reviewers and tools that want to see each command
    /// can have it so. A run with the one form takes away the policies of the other.
    ///
    /// ```
    /// # use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
    /// #     path: "tasks",
    /// #     schema: None,
    /// #     name: "tasks",
    /// #     class: Class::Tenant { column: "tenant_id" },
    /// #     columns: &[],
    /// #     primary_key: &["id"],
    /// #     encrypted: &[],
    /// # }]);
    /// let policies = PolicyOptions::new().per_command(true).generate(&REGISTRY);
    /// assert!(policies.up().contains("AS RESTRICTIVE FOR INSERT"));
    /// ```
    pub fn per_command(mut self, each: bool) -> Self {
        self.per_command = each;
        self
    }

    /// Makes tenant columns NOT NULL where they are not.
    ///
    /// Without it `up.sql` refuses a nullable tenant column. With it, `up.sql` fails where there are rows
    /// without a tenant, and names the table. The constraint `tenancy_<table>_tenant_not_null` tells
    /// `down.sql` that the column was nullable.
    ///
    /// ```
    /// # use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
    /// #     path: "tasks",
    /// #     schema: None,
    /// #     name: "tasks",
    /// #     class: Class::Tenant { column: "tenant_id" },
    /// #     columns: &[],
    /// #     primary_key: &["id"],
    /// #     encrypted: &[],
    /// # }]);
    /// let policies = PolicyOptions::new().tenant_not_null(true).generate(&REGISTRY);
    /// assert!(policies.up().contains(r#"ALTER COLUMN "tenant_id" SET NOT NULL"#));
    /// ```
    pub fn tenant_not_null(mut self, not_null: bool) -> Self {
        self.tenant_not_null = not_null;
        self
    }

    /// Gives tenant columns the tenant of the session as their DEFAULT, for raw SQL and other programs
    /// that insert rows. This library fills the column in by itself.
    ///
    /// `up.sql` refuses a tenant column that has another default. The root table gets none.
    ///
    /// ```
    /// # use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
    /// #     path: "tasks",
    /// #     schema: None,
    /// #     name: "tasks",
    /// #     class: Class::Tenant { column: "tenant_id" },
    /// #     columns: &[],
    /// #     primary_key: &["id"],
    /// #     encrypted: &[],
    /// # }]);
    /// let policies = PolicyOptions::new().tenant_default(true).generate(&REGISTRY);
    /// assert!(policies.up().contains(
    ///     r#"ALTER COLUMN "tenant_id" SET DEFAULT nullif(current_setting('app.tenant_id', true), '')::uuid"#
    /// ));
    /// ```
    pub fn tenant_default(mut self, from_session: bool) -> Self {
        self.tenant_default = from_session;
        self
    }

    /// Adds a UNIQUE constraint over the tenant and the primary key, in the place of an index, where the
    /// primary key does not begin with the tenant. Foreign keys that carry the tenant can point to it.
    ///
    /// ```
    /// # use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
    /// #     path: "tasks",
    /// #     schema: None,
    /// #     name: "tasks",
    /// #     class: Class::Tenant { column: "tenant_id" },
    /// #     columns: &[],
    /// #     primary_key: &["id"],
    /// #     encrypted: &[],
    /// # }]);
    /// let policies = PolicyOptions::new().tenant_keys(true).generate(&REGISTRY);
    /// assert!(policies.up().contains(
    ///     r#"ADD CONSTRAINT "tenancy_tasks_tenant_key" UNIQUE ("tenant_id", "id")"#
    /// ));
    /// ```
    pub fn tenant_keys(mut self, unique: bool) -> Self {
        self.tenant_keys = unique;
        self
    }

    /// Has [`migrations`](Self::migrations) write several migrations, so that big tables can be read and
    /// written while they run: indexes are built CONCURRENTLY, each in a migration without a transaction;
    /// constraints are added NOT VALID and validated later; NOT NULL comes from a validated constraint.
    ///
    /// Policies and privileges still need a lock on each table, for an instant. Let the migrator's
    /// `lock_timeout` be short, so that a long query does not have everybody queue behind it.
    ///
    /// PostgreSQL builds no index of a partitioned table concurrently: create that index before, as its
    /// manual says, under the name that the migration has.
    ///
    /// ```
    /// # use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    /// # const REGISTRY: Registry = Registry::new("app.tenant_id", "uuid", &[Table {
    /// #     path: "tasks",
    /// #     schema: None,
    /// #     name: "tasks",
    /// #     class: Class::Tenant { column: "tenant_id" },
    /// #     columns: &[],
    /// #     primary_key: &["id"],
    /// #     encrypted: &[],
    /// # }]);
    /// let migrations = PolicyOptions::new().online(true).migrations(&REGISTRY);
    /// let index = &migrations.as_slice()[0];
    /// assert!(index.up().contains("CREATE INDEX CONCURRENTLY"));
    /// assert!(!index.run_in_transaction());
    /// ```
    pub fn online(mut self, online: bool) -> Self {
        self.online = online;
        self
    }

    /// Writes the policies of these tables only, named by their path in the registry.
    ///
    /// The migration that adds a table takes this form. One that wrote all tables again would take
    /// all policies with it when it is reverted.
    ///
    /// ```
    /// use tenancy_diesel::{Class, PolicyOptions, Registry, Table};
    ///
    /// const fn shared(name: &'static str) -> Table {
    ///     Table {
    ///         path: name,
    ///         schema: None,
    ///         name,
    ///         class: Class::Shared,
    ///         columns: &[],
    ///         primary_key: &["id"],
    ///         encrypted: &[],
    ///     }
    /// }
    /// const REGISTRY: Registry =
    ///     Registry::new("app.tenant_id", "uuid", &[shared("countries"), shared("currencies")]);
    ///
    /// let added = PolicyOptions::new().only(["currencies"]).generate(&REGISTRY);
    /// assert!(added.up().contains("currencies"));
    /// assert!(!added.up().contains("countries"));
    /// ```
    pub fn only<I>(mut self, paths: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.only = Some(paths.into_iter().map(Into::into).collect());
        self
    }

    /// Writes the policies.
    ///
    /// # Panics
    /// When the registry contradicts itself: a table is owned through a table that is missing, not
    /// scoped, or owned through the first one. `tenant_schema!` writes no such registry. Also when
    /// [`only`](Self::only) names a table that the registry does not have: its policies would be
    /// missing without a word.
    pub fn generate(&self, registry: &Registry) -> PolicySql {
        PolicySql::write(self, registry, &self.selected(registry), Form::Plain)
    }

    /// Writes the policies as files of Diesel migrations: one, or several where they are
    /// [`online`](Self::online) or for [`citus`](Self::citus).
    ///
    /// # Panics
    /// As [`generate`](Self::generate). Also where [`distribution`](Self::distribution) fails that was asked for.
    pub fn migrations(&self, registry: &Registry) -> MigrationFiles {
        online::migrations(self, registry, &self.selected(registry))
    }

    pub(super) fn selected(&self, registry: &Registry) -> Vec<&'static Table> {
        let Some(only) = &self.only else {
            return registry.tables.iter().collect();
        };
        if let Some(unknown) = only.iter().find(|path| registry.table(path).is_none()) {
            panic!("`only` names the table `{unknown}`, which is not in the registry");
        }
        registry
            .tables
            .iter()
            .filter(|table| only.iter().any(|path| path == table.path))
            .collect()
    }

    /// Every role that [`bootstrap_sql`](super::bootstrap_sql) creates.
    pub fn roles(&self) -> Vec<&str> {
        let mut roles = vec![self.owner.as_str(), self.migrator.as_str()];
        roles.extend(self.granted_roles());
        roles
    }

    /// The roles that the policies confine to one tenant.
    pub(super) fn scoped_roles(&self) -> Vec<&str> {
        [Some(&self.app), self.eraser.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }

    /// The roles that get privileges on tables.
    pub(super) fn granted_roles(&self) -> Vec<&str> {
        [Some(&self.app), self.admin.as_ref(), self.eraser.as_ref()]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect()
    }
}
