//! What changes the key records alone.

use std::io::Write;
use std::num::NonZeroU16;

use tenancy_diesel::encryption::wait;

use super::Who;
use super::store::{Access, active, record, shown};
use crate::failure::{Failure, Outcome};
use crate::terminal;

pub(super) fn create(
    access: &Access<'_>,
    tenant: &str,
    lease: NonZeroU16,
) -> Result<Outcome, Failure> {
    let tenant = access.tenant(tenant)?;
    let keyring = access.keyring_with_lease(Some(lease))?;
    let before = record(&access.store()?, &tenant)?;
    let keys = wait(keyring.create_tenant(&tenant))?;
    let generation = keys.active_generation();
    let generation = generation.map_err(tenancy_diesel::encryption::KeyringError::from)?;
    let did = if before.is_some() {
        "had keys already, which stay"
    } else {
        "has keys now"
    };
    let mut out = terminal::stdout();
    writeln!(
        out,
        "{} {did}: generation {generation} seals",
        shown(&tenant)
    )?;
    Ok(Outcome::Fine)
}

pub(super) fn rotate(access: &Access<'_>, who: &Who, dry_run: bool) -> Result<Outcome, Failure> {
    let store = access.store()?;
    let keyring = (!dry_run).then(|| access.keyring()).transpose()?;
    let mut out = terminal::stdout();
    for tenant in access.tenants(who, &store)? {
        let name = shown(&tenant);
        let Some(keyring) = &keyring else {
            let record = record(&store, &tenant)?.and_then(|record| record.keys);
            match record.and_then(|keys| active(&keys.data)) {
                Some(active) => writeln!(
                    out,
                    "{name}: generation {active} seals; the next one would be {}",
                    u64::from(active) + 1
                )?,
                None => writeln!(out, "{name}: has no keys")?,
            }
            continue;
        };
        let generation = wait(keyring.new_generation(&tenant))?;
        writeln!(
            out,
            "{name}: generation {generation} seals from now on, in other processes within a lease"
        )?;
    }
    if !dry_run {
        terminal::note("older values still open; `tenancy keys re-encrypt` seals them anew");
    }
    Ok(Outcome::Fine)
}

pub(super) fn rewrap(access: &Access<'_>, who: &Who, dry_run: bool) -> Result<Outcome, Failure> {
    let store = access.store()?;
    let root = access.root_name()?;
    let root = terminal::printable(&root);
    let keyring = access.keyring()?;
    let mut out = terminal::stdout();
    for tenant in access.tenants(who, &store)? {
        let name = shown(&tenant);
        if dry_run {
            match record(&store, &tenant)?.and_then(|record| record.keys) {
                Some(keys) if keys.root == root => {
                    writeln!(out, "{name}: is under {root}; its cost may change")?;
                }
                Some(keys) => {
                    let present = terminal::printable(&keys.root);
                    writeln!(out, "{name}: would move from {present} to {root}")?;
                }
                None => writeln!(out, "{name}: has no keys")?,
            }
            continue;
        }
        let did = if wait(keyring.rewrap(&tenant))? {
            "is wrapped anew under"
        } else {
            "was already under"
        };
        writeln!(out, "{name}: {did} {root}")?;
    }
    Ok(Outcome::Fine)
}
