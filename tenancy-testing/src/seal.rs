//! What stands in the variable of a session: the tenant, or a sealed value of it.

use tenancy_diesel::{ScopeConnection, Scoped, SqlTenantId};

#[cfg(feature = "sealed")]
use tenancy_diesel::sealed::Sealer;

/// The sealer of the application under test, if it has one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seal {
    #[cfg(feature = "sealed")]
    sealer: Option<Sealer>,
}

#[cfg(feature = "sealed")]
impl From<Sealer> for Seal {
    fn from(sealer: Sealer) -> Self {
        Seal {
            sealer: Some(sealer),
        }
    }
}

impl Seal {
    /// The value of the variable for a tenant, which is given as its canonical text.
    #[cfg_attr(
        not(feature = "sealed"),
        allow(unused_variables, clippy::unused_self, reason = "there is no sealer")
    )]
    pub(crate) fn value(&self, variable: &str, tenant: &str) -> String {
        #[cfg(feature = "sealed")]
        if let Some(sealer) = &self.sealer {
            let sealed = sealer.seal(variable, &tenant.to_owned());
            return sealed.text().to_owned();
        }
        tenant.to_owned()
    }

    #[cfg_attr(
        not(feature = "sealed"),
        allow(clippy::unused_self, reason = "there is no sealer")
    )]
    pub(crate) fn put_on<C: ScopeConnection, Id: SqlTenantId>(
        &self,
        scope: Scoped<C, Id>,
    ) -> Scoped<C, Id> {
        #[cfg(feature = "sealed")]
        if let Some(sealer) = &self.sealer {
            return scope.with_sealer(sealer);
        }
        scope
    }
}
