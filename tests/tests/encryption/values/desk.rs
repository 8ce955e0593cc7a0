//! The database of these tests: two tenants who have keys and write letters.

use std::io::Write;

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel_async::AsyncPgConnection;
use tenancy_diesel::PolicyOptions;
use tenancy_diesel::encryption::{Encrypted, EncryptionError, Keyring, encryption_error, wait};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B, OrgId};

use super::schema::{self, Scoped, letters, sql_types};
use crate::database::Vault;

/// A value to be stored.
pub(super) fn sealed(text: &str) -> Encrypted<String> {
    Encrypted::new(text.to_owned())
}

/// Why a statement failed.
pub(super) fn reason<T>(result: QueryResult<T>) -> EncryptionError {
    match result {
        Err(error) => encryption_error(&error).unwrap_or_else(|| panic!("{error:?}")),
        Ok(_) => panic!("it did not fail"),
    }
}

#[derive(Debug)]
pub(super) struct Desk {
    pub(super) vault: Vault,
    pub(super) keyring: Keyring,
}

impl Desk {
    pub(super) fn new() -> Self {
        Desk::within(Vault::new())
    }

    pub(super) fn within(vault: Vault) -> Self {
        vault.sql(include_str!("fixture.sql"));
        let policies = PolicyOptions::new()
            .app_role(vault.app_role())
            .generate(&schema::REGISTRY);
        vault.sql(policies.up());
        let keyring = vault.blocking_keyring();
        for tenant in [A, B] {
            wait(keyring.create_tenant(&tenant)).unwrap();
        }
        Desk { vault, keyring }
    }

    pub(super) fn scope(&self, tenant: OrgId) -> Scoped<PgConnection> {
        self.vault.scope(&self.keyring, tenant)
    }

    pub(super) async fn async_scope(&self, tenant: OrgId) -> Scoped<AsyncPgConnection> {
        self.vault.async_scope(&self.keyring, tenant).await
    }

    /// Writes a letter.
    pub(super) fn write(&self, tenant: OrgId, id: i32, body: &str) {
        let written = insert_into(letters::table)
            .values((letters::id.eq(id), letters::body.eq(sealed(body))))
            .execute(&mut self.scope(tenant));
        assert_eq!(written, Ok(1));
    }

    /// Reads a letter.
    pub(super) fn read(&self, tenant: OrgId, id: i32) -> QueryResult<String> {
        let body = letters::table.find(id).select(letters::body);
        let body: Encrypted<String> = body.first(&mut self.scope(tenant))?;
        Ok(body.into_inner())
    }

    /// All that a tenant has written: id, body and note.
    pub(super) fn letters(&self, tenant: OrgId) -> Vec<(i32, String, Option<String>)> {
        let rows = letters::table
            .select((letters::id, letters::body, letters::note))
            .order(letters::id);
        let rows: Vec<(i32, Encrypted<String>, Option<Encrypted<String>>)> =
            rows.load(&mut self.scope(tenant)).unwrap();
        rows.into_iter()
            .map(|(id, body, note)| (id, body.into_inner(), note.map(Encrypted::into_inner)))
            .collect()
    }
}

/// The enum of the column `letters.grade`, whose type diesel-async looks up by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromSqlRow, AsExpression)]
#[diesel(sql_type = sql_types::Grade)]
pub(super) enum Grade {
    Open,
    Secret,
}

impl ToSql<sql_types::Grade, Pg> for Grade {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(match self {
            Grade::Open => b"open",
            Grade::Secret => b"secret",
        })?;
        Ok(IsNull::No)
    }
}

impl FromSql<sql_types::Grade, Pg> for Grade {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"open" => Ok(Grade::Open),
            b"secret" => Ok(Grade::Secret),
            _ => Err("an unknown grade".into()),
        }
    }
}
