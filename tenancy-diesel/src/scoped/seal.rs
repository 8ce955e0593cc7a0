//! The variable of a scope whose tenant the database verifies.

#[cfg(feature = "sealed")]
use super::assignment;
use super::{ScopeConnection, Scoped};
use crate::SqlTenantId;

#[cfg(feature = "sealed")]
use tenancy_core::sealed::{SealedTenant, Sealer};

/// What stands in the variable in the place of the tenant's plain text.
#[cfg(feature = "sealed")]
pub(super) struct Seal {
    sealer: Sealer,
    tenant: SealedTenant,
}

#[cfg(feature = "sealed")]
impl<C: ScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    /// Sets the variable to a sealed value, for policies that take no other: see
    /// [`PolicyOptions::sealed`](crate::PolicyOptions::sealed) and [`sealed`](crate::sealed).
    ///
    /// The value is made anew when half of its lifetime is over, so a scope may be held for long.
    ///
    /// ```no_run
    /// # #[cfg(feature = "postgres")]
    /// # fn run(
    /// #     conn: diesel::PgConnection,
    /// #     sealer: &tenancy_diesel::sealed::Sealer,
    /// # ) -> Result<(), tenancy_diesel::ScopeError> {
    /// use tenancy_diesel::Scoped;
    ///
    /// let mut scope = Scoped::open(conn, 7i64)?.with_sealer(sealer);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_sealer(mut self, sealer: &Sealer) -> Self {
        self.write_seal(sealer.clone());
        self
    }

    fn write_seal(&mut self, sealer: Sealer) {
        let variable = self.tenant.variable();
        let tenant = sealer.seal(variable, &self.tenant);
        let set = assignment(variable, tenant.text());
        // A role reads the beginnings of the statements of its other sessions in pg_stat_activity. The
        // comment keeps the value out of what is shown of them.
        let set = format!("/*{:-<1$}*/{set}", "", sealer.padded_by());
        // A transaction may have begun for which nothing is sent yet.
        #[cfg(feature = "async")]
        self.state.amend_opening(&self.set, &set);
        self.set = set;
        self.begin = self.options.begin("", &self.set).into();
        self.seal = Some(Seal { sealer, tenant });
    }

    /// Seals the tenant anew where it is time.
    #[cfg(any(feature = "async", feature = "postgres"))]
    pub(super) fn renew_seal(&mut self) {
        let is_due = |seal: &mut Seal| seal.tenant.is_due(std::time::SystemTime::now());
        if let Some(seal) = self.seal.take_if(is_due) {
            self.write_seal(seal.sealer);
        }
    }
}

#[cfg(all(not(feature = "sealed"), any(feature = "async", feature = "postgres")))]
impl<C: ScopeConnection, Id: SqlTenantId> Scoped<C, Id> {
    pub(super) fn renew_seal(&mut self) {}
}
