use diesel_async::RunQueryDsl;
use tenancy_diesel::encryption::{
    Encrypted, EncryptionError, FixedKey, Keyring, MemoryKeyStore, RootId, RootKey,
    encryption_error,
};
use tenancy_diesel::prelude::*;

use super::TRACKER;
use crate::Result;
use crate::models::Integration;
use crate::schema::integrations;
use crate::tenants::{ACME, GLOBEX};

/// Keys that end with the test. It needs no key tables, and no role for them.
fn keyring() -> Result<Keyring> {
    let root = FixedKey::new(RootId::literal("tests"), RootKey::generate()?);
    Ok(Keyring::builder(MemoryKeyStore::new(), root).build())
}

#[tokio::test]
async fn a_token_is_read_in_its_own_organisation_and_with_its_keys_alone() -> Result {
    let db = TRACKER.database();
    let keyring = keyring()?;
    let mut scopes = Vec::new();
    for tenant in [&ACME, &GLOBEX] {
        let keys = keyring.create_tenant(&tenant.id).await?;
        scopes.push(db.async_scope(tenant.id).await.with_keys(keys)?);
    }
    insert_into(integrations::table)
        .values(Integration {
            id: 1,
            name: "chat".to_owned(),
            token: Encrypted::new("s3cret".to_owned()),
        })
        .execute(&mut scopes[0])
        .await?;

    let ours: Integration = Integration::query().first(&mut scopes[0]).await?;
    assert_eq!(ours.token.expose(), "s3cret");
    let theirs: Vec<Integration> = Integration::query().load(&mut scopes[1]).await?;
    assert_eq!(theirs.len(), 0);

    let without_keys = &mut db.async_scope(ACME.id).await;
    let refused: QueryResult<Integration> = Integration::query().first(without_keys).await;
    let refused = refused.map_err(|error| encryption_error(&error));
    assert_eq!(refused.err(), Some(Some(EncryptionError::NotUnlocked)));
    Ok(())
}
