//! The options of the policies, as the command line has them.

use clap::Args;
use tenancy_diesel::{OnMissing, PolicyOptions};

use crate::args::Context;

/// For which roles and cases the policies are written.
#[derive(Debug, Args)]
#[command(next_help_heading = "How the policies are written")]
pub(super) struct Options {
    /// The role that owns the tables; nobody logs in as it
    #[arg(long, value_name = "ROLE", default_value = "tenancy_owner")]
    owner_role: String,
    /// The role that runs the migrations, as the owner
    #[arg(long, value_name = "ROLE", default_value = "tenancy_migrator")]
    migrator_role: String,
    /// A role that reads the rows of all tenants
    #[arg(long, value_name = "ROLE")]
    admin_role: Option<String>,
    /// A role that deletes the rows of one tenant
    #[arg(long, value_name = "ROLE")]
    eraser_role: Option<String>,
    /// A role for the keys of encrypted columns; tenancy_keys where the registry has some
    #[arg(long, value_name = "ROLE")]
    keys_role: Option<String>,
    /// A further PostgreSQL schema with tables of the application, besides public and those of the registry
    #[arg(long, value_name = "SCHEMA")]
    schema: Vec<String>,
    /// The policies are those that answer a session without a tenant with an error
    #[arg(long)]
    error_on_missing: bool,
    /// A policy for each command, in the place of one for all
    #[arg(long)]
    per_command: bool,
    /// The tenant column gets NOT NULL
    #[arg(long)]
    tenant_not_null: bool,
    /// The tenant column gets a default from the session, for programs without this library
    #[arg(long)]
    tenant_default: bool,
    /// A UNIQUE constraint over tenant and key, in the place of an index, for foreign keys to point to
    #[arg(long)]
    tenant_keys: bool,
    /// The policies take sealed tenants only
    #[arg(long, conflicts_with = "citus")]
    sealed: bool,
    /// The policies in the form that Citus takes; before them, the tables are distributed by their tenant
    #[arg(long)]
    citus: bool,
}

impl Options {
    /// Whether the tables are distributed first.
    pub(super) fn is_distributed(&self) -> bool {
        self.citus
    }

    pub(super) fn policies(&self, context: &Context) -> PolicyOptions {
        let mut options = PolicyOptions::new()
            .app_role(&context.app_role)
            .owner_role(&self.owner_role)
            .migrator_role(&self.migrator_role)
            .per_command(self.per_command)
            .tenant_not_null(self.tenant_not_null)
            .tenant_default(self.tenant_default)
            .tenant_keys(self.tenant_keys);
        if let Some(role) = &self.admin_role {
            options = options.admin_role(role);
        }
        if let Some(role) = &self.eraser_role {
            options = options.eraser_role(role);
        }
        let tables = context.source.get().map_or(&[][..], |r| r.tables);
        let encrypted = tables.iter().any(|table| !table.encrypted.is_empty());
        let keys = encrypted.then(|| "tenancy_keys".to_owned());
        if let Some(role) = self.keys_role.clone().or(keys) {
            options = options.keys_role(role);
        }
        if self.sealed {
            options = options.sealed();
        }
        if self.citus {
            options = options.citus();
        }
        if self.error_on_missing {
            options = options.on_missing(OnMissing::Error);
        }
        let mut schemas = self.schema.clone();
        schemas.extend(tables.iter().filter_map(|t| t.schema).map(str::to_owned));
        schemas.retain(|schema| schema != "public");
        schemas.sort_unstable();
        schemas.dedup();
        for schema in schemas {
            options = options.schema(schema);
        }
        options
    }
}
