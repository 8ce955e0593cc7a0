//! The key store and the keyring, as far as a command needs them.

use std::num::NonZeroU16;
use std::time::Duration;

use diesel::PgConnection;
use diesel::r2d2::{ConnectionManager, Pool};
use tenancy_diesel::encryption::{
    BlockingPgKeyStore, CanonicalTenant, KeyRecord, KeyState, KeyStore, Keyring, KeyringError,
    TenantRecord, WrappedKey, wait,
};
use tenancy_diesel::{Registry, TenantId};

use super::{Settings, Who};
use crate::args::Context;
use crate::failure::{Failure, chain};
use crate::root::{self, NoRoot};
use crate::tenant::{self, InScope};
use crate::{database, terminal};

/// How many tenants are read at a time.
const PAGE: usize = 500;

/// What the command line and the environment give access to.
pub(in crate::commands) struct Access<'a> {
    pub(super) context: &'a Context,
    settings: Settings,
}

impl<'a> Access<'a> {
    pub(in crate::commands) fn new(context: &'a Context, settings: Settings) -> Self {
        Access { context, settings }
    }

    pub(in crate::commands) fn registry(&self) -> Result<&'static Registry, Failure> {
        self.context.source.needed()
    }

    pub(in crate::commands) fn tenant(&self, text: &str) -> Result<CanonicalTenant, Failure> {
        tenant::parse(self.registry()?, text)
    }

    /// Checks the roles and the tables of the key database on the way.
    pub(super) fn store(&self) -> Result<BlockingPgKeyStore, Failure> {
        key_store(
            self.settings.keys_database_url.as_deref(),
            &self.context.app_role,
        )
    }

    /// Reads no root key yet: the keyring does when it first needs one.
    pub(in crate::commands) fn keyring(&self) -> Result<Keyring, Failure> {
        self.keyring_with_lease(None)
    }

    pub(super) fn keyring_with_lease(&self, lease: Option<NonZeroU16>) -> Result<Keyring, Failure> {
        let root = root::find(self.settings.root.as_deref())?;
        let mut roots = Vec::new();
        for text in &self.settings.previous_root {
            roots.push(root::parse(text)?);
        }
        let mut builder = Keyring::builder(self.store()?, root);
        for root in roots {
            builder = builder.previous_root(root);
        }
        if let Some(lease) = lease {
            builder = builder.lease_seconds(lease);
        }
        Ok(builder.build())
    }

    /// The name of the root key under which `rewrap` wraps.
    pub(super) fn root_name(&self) -> Result<String, Failure> {
        let root = root::find(self.settings.root.as_deref())?;
        Ok(root.id().as_str().to_owned())
    }

    /// For what needs no root key.
    pub(super) fn keyring_without_root(&self) -> Result<Keyring, Failure> {
        Ok(Keyring::builder(self.store()?, NoRoot).build())
    }

    /// The tenants that a command is for. Shredded ones have nothing to be changed.
    pub(super) fn tenants(
        &self,
        who: &Who,
        store: &BlockingPgKeyStore,
    ) -> Result<Vec<CanonicalTenant>, Failure> {
        if let Some(tenant) = &who.tenant {
            return Ok(vec![self.tenant(tenant)?]);
        }
        let mut tenants = Vec::new();
        each_record(store, |tenant, record| {
            if record.keys.is_some() {
                tenants.push(tenant);
            }
            Ok(())
        })?;
        if tenants.is_empty() {
            terminal::note("no tenant has keys");
        }
        Ok(tenants)
    }

    /// Does it in the scope of a tenant, on a connection of its own.
    pub(in crate::commands) fn in_scope<J: InScope>(
        &self,
        tenant: &CanonicalTenant,
        job: J,
    ) -> Result<J::Output, Failure> {
        let registry = self.registry()?;
        tenant::in_scope(registry, self.context.connect()?, tenant, job)
    }

    /// Whether the values can be looked at as well.
    pub(super) fn has_values(&self) -> bool {
        let option = self.context.database_url.as_deref();
        self.context.source.get().is_some() && database::DATABASE.is_set(option)
    }
}

/// The key store of a URL, through a small pool.
pub(crate) fn key_store(url: Option<&str>, app_role: &str) -> Result<BlockingPgKeyStore, Failure> {
    let url = database::KEYS.url(url)?;
    // The pool would wait and try again, and then not say why.
    drop(url.connect(&database::KEYS)?);
    let manager = ConnectionManager::<PgConnection>::new(url.expose());
    let pool = Pool::builder()
        .max_size(2)
        .min_idle(Some(0))
        .connection_timeout(Duration::from_secs(10))
        .build(manager)
        .map_err(|error| Failure::unreachable(chain(&error)))?;
    Ok(BlockingPgKeyStore::builder(pool, app_role).build()?)
}

/// The record of a tenant.
pub(super) fn record(
    store: &BlockingPgKeyStore,
    tenant: &CanonicalTenant,
) -> Result<Option<TenantRecord>, Failure> {
    Ok(wait(KeyStore::load(store, tenant)).map_err(KeyringError::Store)?)
}

/// Goes through all records, a page at a time.
pub(crate) fn each_record(
    store: &BlockingPgKeyStore,
    mut look: impl FnMut(CanonicalTenant, TenantRecord) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut after = None;
    loop {
        let page = wait(KeyStore::tenants(store, after.as_ref(), PAGE));
        let page = page.map_err(KeyringError::Store)?;
        let Some(last) = page.last().cloned() else {
            return Ok(());
        };
        for tenant in page {
            // One that is gone meanwhile is not there.
            if let Some(record) = record(store, &tenant)? {
                look(tenant, record)?;
            }
        }
        after = Some(last);
    }
}

/// The number of the key that seals.
pub(super) fn active(keys: &[WrappedKey]) -> Option<u32> {
    let active = keys.iter().find(|key| key.state == KeyState::Active);
    active.map(|key| key.number)
}

/// The generations whose keys are there.
pub(super) fn live(record: &KeyRecord) -> Vec<u32> {
    let data = record.data.iter();
    data.filter(|key| key.state != KeyState::Shredded)
        .map(|key| key.number)
        .collect()
}

/// A tenant's id for the output: whoever asks for it may see it.
pub(crate) fn shown(tenant: &CanonicalTenant) -> String {
    terminal::printable(&tenant.canonical()).into_owned()
}
