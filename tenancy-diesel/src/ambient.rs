//! The tenant of the statement that is being built, or of the row that is being read, on this
//! thread.
//!
//! Diesel gives `walk_ast`, `ToSql` and `FromSql` no argument of ours, so a scope enters a
//! thread-local guard around exactly these synchronous steps. It never lives across an `.await`, and
//! rendering a scoped table looks nowhere else: without a guard there is an error, not a default.

use std::any::TypeId;
use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
use std::sync::LazyLock;

use diesel::pg::Pg;
use diesel::query_builder::QueryId;
use diesel::serialize::{self, Output, ToSql};

#[cfg(feature = "encryption")]
use tenancy_core::encryption::{BlindIndex, Column, EncryptionError, TenantKeys};

#[cfg(feature = "encryption")]
use crate::encryption::{ColumnLabel, IndexLabel};
use crate::{ScopeError, SqlTenantId};

thread_local! {
    static CURRENT: RefCell<Option<Arc<Binding>>> = const { RefCell::new(None) };
}

/// A tenant id with its type erased, so that one thread-local serves every type.
pub(crate) struct Binding {
    tenant_type: TypeId,
    type_name: &'static str,
    value: Box<dyn BindTenant>,
    #[cfg(feature = "encryption")]
    keys: Option<TenantKeys>,
}

impl Binding {
    pub(crate) fn new<Id: SqlTenantId>(tenant: Id) -> Arc<Self> {
        Arc::new(Binding {
            tenant_type: TypeId::of::<Id>(),
            type_name: std::any::type_name::<Id>(),
            value: Box::new(tenant),
            #[cfg(feature = "encryption")]
            keys: None,
        })
    }

    /// The same tenant with its keys.
    #[cfg(feature = "encryption")]
    pub(crate) fn with_keys<Id: SqlTenantId>(tenant: Id, keys: TenantKeys) -> Arc<Self> {
        Arc::new(Binding {
            tenant_type: TypeId::of::<Id>(),
            type_name: std::any::type_name::<Id>(),
            value: Box::new(tenant),
            keys: Some(keys),
        })
    }

    /// The keys of the tenant, if the scope has them.
    #[cfg(feature = "jobs")]
    pub(crate) fn keys(&self) -> Option<&TenantKeys> {
        self.keys.as_ref()
    }

    /// The tenant as text.
    #[cfg(feature = "async")]
    pub(crate) fn canonical(&self) -> String {
        self.value.canonical()
    }
}

trait BindTenant: Send + Sync {
    fn bind(&self, out: &mut Output<'_, '_, Pg>) -> serialize::Result;
    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
    #[cfg(feature = "async")]
    fn canonical(&self) -> String;
    #[cfg(feature = "postgres")]
    fn literal(&self) -> String;
}

impl<Id: SqlTenantId> BindTenant for Id {
    fn bind(&self, out: &mut Output<'_, '_, Pg>) -> serialize::Result {
        ToSql::<Id::SqlType, Pg>::to_sql(self, &mut out.reborrow())
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }

    #[cfg(feature = "async")]
    fn canonical(&self) -> String {
        tenancy_core::TenantId::canonical(self)
    }

    #[cfg(feature = "postgres")]
    fn literal(&self) -> String {
        let text = tenancy_core::quote_literal(&tenancy_core::TenantId::canonical(self));
        format!("{text}::{}", Id::PG_TYPE)
    }
}

/// What stands for the tenant while a statement of a `CrossTenant` is
/// rendered: no tenant, and every table without its filter.
///
/// It takes the place of a tenant, so a scope that is used in the middle of such a rendering, for
/// example by a value that looks something up, enters its own tenant as ever.
#[cfg_attr(
    not(any(feature = "bb8", feature = "deadpool", feature = "r2d2")),
    allow(dead_code, reason = "nothing crosses tenants without a pool")
)]
struct EveryTenant;

#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
static EVERY_TENANT: LazyLock<Arc<Binding>> = LazyLock::new(|| {
    Arc::new(Binding {
        tenant_type: TypeId::of::<EveryTenant>(),
        type_name: "no tenant, for it crosses tenants",
        value: Box::new(EveryTenant),
        #[cfg(feature = "encryption")]
        keys: None,
    })
});

impl BindTenant for EveryTenant {
    fn bind(&self, _: &mut Output<'_, '_, Pg>) -> serialize::Result {
        Err(ScopeError::OutsideScope { table: "<bind>" }.into())
    }

    fn debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<every tenant>")
    }

    #[cfg(feature = "async")]
    fn canonical(&self) -> String {
        String::new()
    }

    #[cfg(feature = "postgres")]
    fn literal(&self) -> String {
        "NULL".to_owned()
    }
}

/// Runs `step`, which renders a statement, with the tables of all tenants.
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
pub(crate) fn enter_every_tenant<R>(step: impl FnOnce() -> R) -> R {
    enter(&EVERY_TENANT, step)
}

/// Whether the statement that is being rendered crosses tenants.
pub(crate) fn is_every_tenant() -> bool {
    CURRENT.with(|current| {
        (current.borrow().as_ref())
            .is_some_and(|binding| binding.tenant_type == TypeId::of::<EveryTenant>())
    })
}

/// Runs `step`, which builds a row of a crossing, without a tenant and its keys.
#[cfg(any(feature = "bb8", feature = "deadpool", feature = "r2d2"))]
pub(crate) fn outside<R>(step: impl FnOnce() -> R) -> R {
    exchange(None, step)
}

/// Runs `step` with `binding` as the tenant of this thread; the former one returns afterwards, also
/// after a panic.
pub(crate) fn enter<R>(binding: &Arc<Binding>, step: impl FnOnce() -> R) -> R {
    exchange(Some(Arc::clone(binding)), step)
}

fn exchange<R>(binding: Option<Arc<Binding>>, step: impl FnOnce() -> R) -> R {
    struct Restore(Option<Arc<Binding>>);
    impl Drop for Restore {
        fn drop(&mut self) {
            let former = self.0.take();
            CURRENT.with(|current| *current.borrow_mut() = former);
        }
    }
    let former = CURRENT.with(|current| current.replace(binding));
    let _restore = Restore(former);
    step()
}

/// Refuses to render `table` unless a scope of its type of tenant id is entered.
pub(crate) fn require<Id: SqlTenantId>(table: &'static str) -> Result<(), ScopeError> {
    CURRENT.with(|current| match &*current.borrow() {
        None => Err(ScopeError::OutsideScope { table }),
        Some(b) if b.tenant_type != TypeId::of::<Id>() => Err(ScopeError::OtherTenantType {
            table,
            expected: std::any::type_name::<Id>(),
            found: b.type_name,
        }),
        Some(_) => Ok(()),
    })
}

/// What `of` makes of the keys of the entered scope.
#[cfg(feature = "encryption")]
fn with_keys<R>(
    of: impl FnOnce(&TenantKeys) -> Result<R, EncryptionError>,
) -> Result<R, EncryptionError> {
    CURRENT.with(|current| match &*current.borrow() {
        None => Err(EncryptionError::NoScope),
        Some(binding) => of(binding.keys.as_ref().ok_or(EncryptionError::NotUnlocked)?),
    })
}

/// The keys of an encrypted column for the tenant of the entered scope.
#[cfg(feature = "encryption")]
pub(crate) fn column<L: ColumnLabel>() -> Result<Column, EncryptionError> {
    with_keys(|keys| keys.column(&L::LABEL))
}

/// A blind index for the tenant of the entered scope.
#[cfg(feature = "encryption")]
pub(crate) fn blind_index<L: IndexLabel>() -> Result<BlindIndex, EncryptionError> {
    with_keys(|keys| keys.blind_index(&L::LABEL, L::SPEC))
}

/// The tenant of the entered scope as a typed SQL constant, for statements that take no binds.
#[cfg(feature = "postgres")]
pub(crate) fn literal<Id: SqlTenantId>(table: &'static str) -> Result<String, ScopeError> {
    require::<Id>(table)?;
    CURRENT.with(|current| match &*current.borrow() {
        Some(binding) => Ok(binding.value.literal()),
        None => Err(ScopeError::OutsideScope { table }),
    })
}

/// The bind value of a tenant predicate: the tenant of the entered scope.
pub(crate) struct AmbientTenant<Id>(PhantomData<fn() -> Id>);

impl<Id> AmbientTenant<Id> {
    pub(crate) const VALUE: Self = AmbientTenant(PhantomData);
}

impl<Id: 'static> QueryId for AmbientTenant<Id> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Id> fmt::Debug for AmbientTenant<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        CURRENT.with(|current| match &*current.borrow() {
            Some(binding) => binding.value.debug(f),
            None => f.write_str("<no tenant>"),
        })
    }
}

impl<Id: SqlTenantId> ToSql<Id::SqlType, Pg> for AmbientTenant<Id> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        require::<Id>("<bind>")?;
        CURRENT.with(|current| match &*current.borrow() {
            Some(binding) => binding.value.bind(out),
            None => Err(ScopeError::OutsideScope { table: "<bind>" }.into()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_ends_with_its_step_and_after_a_panic() {
        let outer = Binding::new(1i32);
        let inner = Binding::new("acme".to_owned());
        assert_eq!(
            require::<i32>("t"),
            Err(ScopeError::OutsideScope { table: "t" })
        );
        enter(&outer, || {
            assert_eq!(require::<i32>("t"), Ok(()));
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                enter(&inner, || {
                    assert_eq!(require::<String>("t"), Ok(()));
                    assert!(matches!(
                        require::<i32>("t"),
                        Err(ScopeError::OtherTenantType { .. })
                    ));
                    panic!("on purpose");
                })
            }));
            assert!(panicked.is_err());
            assert_eq!(require::<i32>("t"), Ok(()));
        });
        assert_eq!(
            require::<i32>("t"),
            Err(ScopeError::OutsideScope { table: "t" })
        );
    }
}
