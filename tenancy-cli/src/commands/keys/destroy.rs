use std::io::Write;
use std::thread;

use clap::Args;
use diesel::PgConnection;
use tenancy_diesel::encryption::operations::{
    DestroyGeneration as Destroy, DestructionStep, GenerationDestroyed,
};
use tenancy_diesel::encryption::{KeyGeneration, Keyring};
use tenancy_diesel::{Registry, Scoped, SqlTenantId};

use super::status::inventory;
use super::store::{Access, shown};
use crate::failure::{Failure, Outcome};
use crate::tenant::InScope;
use crate::terminal;

pub(super) const HELP: &str = "\
It counts the values, waits for two leases and for the transactions that are open, raises the floor, waits \
again, counts again, and destroys the key. With the usual lease of a minute that takes four. Stop it with \
Ctrl-C at any time and run it again; until the last step no key is destroyed.

Examples:
  tenancy keys destroy-generation 42 1 --dry-run    # exit code 1 while values need the key
  tenancy keys destroy-generation 42 1";

#[derive(Debug, Args)]
pub(super) struct DestroyGeneration {
    /// The id of the tenant
    tenant: String,
    /// The generation
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    generation: u32,
    /// Counts the values that need the key, and destroys nothing
    #[arg(long)]
    dry_run: bool,
}

struct Job<'a> {
    registry: &'static Registry,
    keyring: &'a Keyring,
    generation: KeyGeneration,
}

impl InScope for Job<'_> {
    type Output = GenerationDestroyed;

    fn run<Id: SqlTenantId>(
        self,
        scope: &mut Scoped<PgConnection, Id>,
    ) -> Result<GenerationDestroyed, Failure> {
        let mut destruction = Destroy::new(self.registry, self.generation);
        let mut told = None;
        loop {
            match destruction.advance_blocking(scope, self.keyring)? {
                DestructionStep::Destroyed(done) => return Ok(done),
                DestructionStep::Wait {
                    time,
                    older_transactions,
                } => {
                    if told != Some(older_transactions) || older_transactions == 0 {
                        terminal::note(&waiting(time.as_secs(), older_transactions));
                    }
                    told = Some(older_transactions);
                    thread::sleep(time);
                }
            }
        }
    }
}

fn waiting(seconds: u64, older_transactions: u64) -> String {
    match older_transactions {
        0 => format!("waiting {seconds} seconds, until no process uses the generation"),
        n => format!("waiting for {n} transactions that were open before; each must end"),
    }
}

impl DestroyGeneration {
    pub(super) fn run(self, access: &Access<'_>) -> Result<Outcome, Failure> {
        let tenant = access.tenant(&self.tenant)?;
        let generation = KeyGeneration::new(self.generation)
            .ok_or_else(|| Failure::usage("generations are counted from 1"))?;
        let mut out = terminal::stdout();
        if self.dry_run {
            let left = inventory(access, &tenant)?.up_to(generation);
            writeln!(
                out,
                "{}: {left} values are of generation {generation} or an older one",
                shown(&tenant)
            )?;
            return Ok(Outcome::found(left > 0));
        }
        let keyring = access.keyring()?;
        let job = Job {
            registry: access.registry()?,
            keyring: &keyring,
            generation,
        };
        let done = access.in_scope(&tenant, job)?;
        writeln!(out, "{}: {done}", shown(&tenant))?;
        Ok(Outcome::Fine)
    }
}
