//! What there is to be done, and whether this connection may do it.

use tenancy_core::CanonicalTenant;

use super::catalog::Catalog;
use super::decisions::Decision;
use super::error::{ErasureError, UnknownTable};
use super::layout::{Layout, QUEUE};
use super::link::{Door, Link};
use super::session::{Mode, Session};
use super::{Erasure, execute, ledger};
use crate::search_path::TRUSTED;
use crate::{Registry, ScopeError, SqlTenantId};

/// What the database has, with what is done about it.
pub(super) struct Survey {
    pub(super) layout: Layout,
    pub(super) rows: Vec<u64>,
    pub(super) unfinished: Option<String>,
}

impl Erasure<'_> {
    pub(super) fn check<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        tenant: &Id,
    ) -> Result<CanonicalTenant, ErasureError> {
        let canonical = CanonicalTenant::of(tenant).map_err(ScopeError::from)?;
        if self.registry.variable != tenant.variable() || self.registry.tenant_type != Id::PG_TYPE {
            return Err(ErasureError::OtherSchema);
        }
        if !conn.is_free() {
            return Err(ErasureError::InTransaction);
        }
        let mut names: Vec<&str> = self.targets.iter().map(|target| target.name()).collect();
        names.sort_unstable();
        match names.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(ErasureError::TargetTwice {
                name: pair[0].to_owned(),
            }),
            None => Ok(canonical),
        }
    }

    pub(super) fn session<'c, D: Door, Id: SqlTenantId>(
        &self,
        conn: &'c mut D,
        tenant: &Id,
    ) -> Result<Session<D::Link<'c, Id>>, ErasureError> {
        #[cfg(feature = "sealed")]
        let sealing = self.sealer.as_ref();
        #[cfg(not(feature = "sealed"))]
        let sealing = None;
        let link = conn.open(tenant.clone(), sealing)?;
        Ok(Session::new(link, self.limits))
    }

    /// What the catalog and the caller say of the tables, whether the role is confined to the tenant in all of
    /// them, and how many rows there are.
    pub(super) async fn survey<D: Door, Id: SqlTenantId>(
        &self,
        conn: &mut D,
        tenant: &Id,
        canonical: &CanonicalTenant,
    ) -> Result<Survey, ErasureError> {
        let mut session = self.session(conn, tenant)?;
        let closure = session.begin(Mode::Read).await?;
        let found = self.look(&mut session).await;
        let (layout, registry) = session.finish(closure, found).await?;
        drop(session);

        let report = conn.audit(&registry).await?;
        let findings: Vec<_> = report.errors().cloned().collect();
        if !findings.is_empty() {
            return Err(ErasureError::NotConfined { findings });
        }

        let mut session = self.session(conn, tenant)?;
        let closure = session.begin(Mode::Read).await?;
        let counted = async {
            let rows = execute::count(&mut session, &layout, canonical).await?;
            session.set(TRUSTED).await?;
            let unfinished = ledger::unfinished(&mut session, canonical.as_str()).await?;
            Ok((rows, unfinished))
        };
        let counted = counted.await;
        let (rows, unfinished) = session.finish(closure, counted).await?;
        Ok(Survey {
            layout,
            rows,
            unfinished,
        })
    }

    pub(super) async fn look<L: Link>(
        &self,
        session: &mut Session<L>,
    ) -> Result<(Layout, Registry), ErasureError> {
        let catalog = Catalog::load(session, self.registry).await?;
        if catalog.server.is_standby {
            return Err(ErasureError::Standby);
        }
        if !catalog.server.has_ledger {
            return Err(ErasureError::NotMigrated);
        }
        if !catalog.server.keeps_ledger {
            return Err(ErasureError::Privileges {
                missing: vec![
                    "those of the ledger; see `tenancy_migrations::grant_erasures`".to_owned(),
                ],
            });
        }
        self.refuse_forgotten_queue(&catalog)?;
        let (layout, owners) = Layout::of(&catalog, self.registry, &self.decisions)?;
        Ok((layout, owners.registry))
    }

    /// Jobs of the tenant in the library's own queue are erased by the queue.
    fn refuse_forgotten_queue(&self, catalog: &Catalog) -> Result<(), ErasureError> {
        let is_target = self.targets.iter().any(|target| target.name() == "jobs");
        let is_left = |(name, decision): &(String, Decision)| {
            name == QUEUE && matches!(decision, Decision::Leave(_))
        };
        if !catalog.server.has_jobs || is_target || self.decisions.iter().any(is_left) {
            return Ok(());
        }
        Err(ErasureError::UnknownTables {
            tables: vec![UnknownTable {
                table: QUEUE.to_owned(),
                why: "has jobs of tenants; give the queue to `target`, or leave it".to_owned(),
            }],
        })
    }
}
