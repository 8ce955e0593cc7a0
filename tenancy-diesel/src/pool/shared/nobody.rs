use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;

use diesel::pg::Pg;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use tenancy_core::{InvalidTenantId, TenantId};

use crate::SqlTenantId;

/// The absence of a tenant with ids of type `Id`: an empty variable, and no value for a filter.
pub(super) struct Nobody<Id>(PhantomData<fn() -> Id>);

impl<Id> Nobody<Id> {
    pub(super) const NEW: Self = Nobody(PhantomData);
}

impl<Id: SqlTenantId> TenantId for Nobody<Id> {
    fn canonical(&self) -> String {
        String::new()
    }

    fn parse(_: &str) -> Result<Self, InvalidTenantId> {
        Err(InvalidTenantId::Empty)
    }

    fn validate(&self) -> Result<(), InvalidTenantId> {
        Ok(())
    }
}

impl<Id: SqlTenantId> SqlTenantId for Nobody<Id> {
    type SqlType = Text;
    const PG_TYPE: &'static str = Id::PG_TYPE;
    const VARIABLE: &'static str = Id::VARIABLE;
}

impl<Id> ToSql<Text, Pg> for Nobody<Id> {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Pg>) -> serialize::Result {
        Err(Box::new(InvalidTenantId::Empty))
    }
}

impl<Id> Clone for Nobody<Id> {
    fn clone(&self) -> Self {
        Self::NEW
    }
}

impl<Id> PartialEq for Nobody<Id> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<Id> Eq for Nobody<Id> {}

impl<Id> Hash for Nobody<Id> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl<Id> fmt::Debug for Nobody<Id> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Nobody")
    }
}
