use std::io::Write;

use clap::Args;
use diesel::PgConnection;
use tenancy_diesel::encryption::operations::{Inventory, Limits, remaining_blocking};
use tenancy_diesel::encryption::{CanonicalTenant, KeyGeneration, KeyState};
use tenancy_diesel::{Registry, Scoped, SqlTenantId};

use super::store::{Access, record, shown};
use crate::failure::{Failure, Outcome};
use crate::tenant::InScope;
use crate::terminal;

#[derive(Debug, Args)]
pub(super) struct Status {
    /// The id of the tenant
    tenant: String,
}

/// Counts the values of a tenant.
pub(super) struct Count(pub(super) &'static Registry);

impl InScope for Count {
    type Output = Inventory;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<Inventory, Failure> {
        Ok(remaining_blocking(scope, self.0, &Limits::new())?)
    }
}

pub(super) fn inventory(
    access: &Access<'_>,
    tenant: &CanonicalTenant,
) -> Result<Inventory, Failure> {
    access.in_scope(tenant, Count(access.registry()?))
}

impl Status {
    pub(super) fn run(self, access: &Access<'_>) -> Result<Outcome, Failure> {
        let tenant = access.tenant(&self.tenant)?;
        let mut out = terminal::stdout();
        let Some(record) = record(&access.store()?, &tenant)? else {
            writeln!(out, "{} has no keys", shown(&tenant))?;
            return Ok(Outcome::Findings);
        };
        let Some(keys) = &record.keys else {
            writeln!(
                out,
                "{}: shredded, revision {} of its record",
                shown(&tenant),
                record.revision
            )?;
            return Ok(Outcome::Fine);
        };
        writeln!(
            out,
            "{}: revision {}, under the root key {}, Argon2id with {} MiB, {} passes, {} lanes",
            shown(&tenant),
            record.revision,
            terminal::printable(&keys.root),
            keys.memory_kib / 1024,
            keys.passes,
            keys.lanes
        )?;
        writeln!(
            out,
            "floor {}, lease {} seconds, {} index keys",
            keys.floor,
            keys.lease_seconds,
            keys.index.len()
        )?;
        let inventory = if access.has_values() {
            Some(inventory(access, &tenant)?)
        } else {
            None
        };
        let mut table = terminal::table(terminal::width());
        table.set_header(["generation", "state", "values"]);
        for key in &keys.data {
            let values = KeyGeneration::new(key.number)
                .zip(inventory.as_ref())
                .map_or("-".to_owned(), |(generation, inventory)| {
                    inventory.of(generation).to_string()
                });
            let state = match key.state {
                KeyState::Active => "seals and opens",
                KeyState::DecryptOnly => "opens",
                KeyState::Shredded => "destroyed",
            };
            table.add_row([key.number.to_string(), state.to_owned(), values]);
        }
        writeln!(out, "{table}")?;
        match inventory {
            Some(inventory) => write!(out, "{inventory}")?,
            None => terminal::note(
                "values are counted when TENANCY_DATABASE_URL names the application's database",
            ),
        }
        Ok(Outcome::Fine)
    }
}
