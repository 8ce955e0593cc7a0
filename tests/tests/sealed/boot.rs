//! What `sealed::check`, and a pool that is built, say of a database that does not go with the sealer.

use diesel::connection::SimpleConnection;
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::pool::BuildError;
use tenancy_diesel::sealed::{SealedError, check, check_async, unsealed};
use tenancy_migrations::{grant_sealed, retire_sealing_key};
use tenancy_tests::schema::TenantPool;

use crate::world::{Mode, Shop, VARIABLE, sealer, sealer_of};

/// The answer of both kinds of connection, which is the same.
async fn answer(shop: &Shop) -> Result<(), SealedError> {
    let blocking = check(&mut shop.raw(), VARIABLE, &sealer());
    let awaited = check_async(&mut shop.async_raw().await, VARIABLE, &sealer()).await;
    assert_eq!(format!("{blocking:?}"), format!("{awaited:?}"));
    awaited
}

async fn build(shop: &Shop, sealed: bool) -> Result<(), BuildError> {
    let pool = bb8::Pool::builder()
        .max_size(1)
        .build(ConnectionManager::new(shop.url()))
        .await
        .unwrap();
    let builder = TenantPool::builder(pool);
    let builder = match sealed {
        true => builder.sealed(sealer()),
        false => builder,
    };
    builder.build().await.map(drop)
}

#[tokio::test]
async fn a_sealed_database_goes_with_a_sealer_and_a_plain_one_without() {
    for mode in [Mode::Sealed, Mode::Strict] {
        let shop = Shop::new(mode);
        answer(&shop).await.unwrap();
        build(&shop, true).await.unwrap();
        let error = build(&shop, false).await.unwrap_err();
        assert!(
            matches!(&error, BuildError::SealedTenants(SealedError::SealerMissing { tables })
                if tables.contains("projects") && tables.contains("billing.invoices")),
            "{error:?}"
        );
        assert!(error.to_string().contains("`Builder::sealed`"), "{error}");
    }
    let shop = Shop::new(Mode::Plain);
    build(&shop, false).await.unwrap();
    unsealed(&mut shop.raw(), VARIABLE).unwrap();
    let error = build(&shop, true).await.unwrap_err();
    assert!(
        matches!(&error, BuildError::SealedTenants(SealedError::PlainPolicies { tables })
            if tables.contains("projects")),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("`PolicyOptions::sealed`"),
        "{error}"
    );
}

/// One table whose policies were left behind is enough.
#[tokio::test]
async fn a_single_plain_policy_is_found() {
    let shop = Shop::new(Mode::Sealed);
    shop.superuser()
        .batch_execute(
            "CREATE POLICY old ON tasks AS RESTRICTIVE USING (
                 tenant_id = (SELECT nullif(current_setting('app.tenant_id', true), '')::uuid))",
        )
        .unwrap();
    let error = answer(&shop).await.unwrap_err();
    assert!(
        matches!(&error, SealedError::PlainPolicies { tables } if tables == "tasks"),
        "{error:?}"
    );
    // The policies of another variable are another schema's.
    check(&mut shop.raw(), "shop.merchant", &sealer()).unwrap();
}

#[tokio::test]
async fn a_key_that_is_missing_retired_or_another_is_named() {
    let shop = Shop::new(Mode::Sealed);
    let conn = &mut shop.raw();
    let unknown = check(conn, VARIABLE, &sealer_of("k2", 2));
    assert!(matches!(unknown, Err(SealedError::UnknownKey { key }) if key == "k2"));
    let wrong = check(conn, VARIABLE, &sealer_of("k1", 2));
    assert!(matches!(wrong, Err(SealedError::WrongKey { key }) if key == "k1"));
    retire_sealing_key(&mut shop.owner(), "k1").unwrap();
    let retired = answer(&shop).await;
    assert!(matches!(retired, Err(SealedError::UnknownKey { key }) if key == "k1"));
}

#[tokio::test]
async fn missing_privileges_and_too_many_are_named() {
    let shop = Shop::new(Mode::Sealed);
    let app = shop.app_role().to_owned();
    let mut owner = shop.owner();
    let function = "FUNCTION tenancy.sealed_tenant(text, boolean)";
    for (take, give) in [
        (
            format!("REVOKE EXECUTE ON {function} FROM {app}"),
            "grant_sealed",
        ),
        (
            format!("REVOKE USAGE ON SCHEMA tenancy FROM {app}"),
            "grant_sealed",
        ),
    ] {
        owner.batch_execute(&take).unwrap();
        let error = answer(&shop).await.unwrap_err();
        assert!(
            matches!(&error, SealedError::NotGranted { role } if *role == app),
            "{error:?}"
        );
        assert!(error.to_string().contains(give), "{error}");
        grant_sealed(&mut owner, &app).unwrap();
        answer(&shop).await.unwrap();
    }
    // Memberships are those of all databases of the server, so they are given to a role of this test.
    let app = shop.server().create_login_role("sealed_member").unwrap();
    grant_sealed(&mut owner, &app).unwrap();
    check(&mut shop.connect_as(&app), VARIABLE, &sealer()).unwrap();
    let reader = shop.server().create_login_role("sealed_reader").unwrap();
    let keys = "tenancy.sealing_keys";
    let owner_name = shop.server().role_name(crate::world::OWNER);
    for (give, take) in [
        (
            format!("GRANT SELECT ON {keys} TO {app}"),
            format!("REVOKE SELECT ON {keys} FROM {app}"),
        ),
        (
            format!("GRANT SELECT (inner_pad) ON {keys} TO PUBLIC"),
            format!("REVOKE SELECT (inner_pad) ON {keys} FROM PUBLIC"),
        ),
        (
            format!("GRANT INSERT ON {keys} TO {app}"),
            format!("REVOKE INSERT ON {keys} FROM {app}"),
        ),
        (
            format!("GRANT TRIGGER ON {keys} TO {app}"),
            format!("REVOKE TRIGGER ON {keys} FROM {app}"),
        ),
        (
            format!(
                "ALTER ROLE {app} NOINHERIT; GRANT {reader} TO {app}; GRANT SELECT ON {keys} TO {reader}"
            ),
            format!("REVOKE {reader} FROM {app}; ALTER ROLE {app} INHERIT"),
        ),
        (
            format!("GRANT pg_read_all_data TO {app}"),
            format!("REVOKE pg_read_all_data FROM {app}"),
        ),
        (
            format!("GRANT {owner_name} TO {app}"),
            format!("REVOKE {owner_name} FROM {app}"),
        ),
        (
            format!("GRANT CREATE ON SCHEMA tenancy TO {app}"),
            format!("REVOKE CREATE ON SCHEMA tenancy FROM {app}"),
        ),
    ] {
        let superuser = &mut shop.superuser();
        superuser.batch_execute(&give).unwrap();
        let found = check(&mut shop.connect_as(&app), VARIABLE, &sealer());
        superuser.batch_execute(&take).unwrap();
        assert!(
            matches!(&found, Err(SealedError::KeysReachable { role }) if *role == app),
            "{give}: {found:?}"
        );
    }
    check(&mut shop.connect_as(&app), VARIABLE, &sealer()).unwrap();
}

#[tokio::test]
async fn a_database_without_the_library_is_named() {
    let shop = Shop::new(Mode::Plain);
    tenancy_migrations::revert_all(&mut shop.owner()).unwrap();
    let error = answer(&shop).await.unwrap_err();
    assert!(matches!(error, SealedError::FunctionMissing), "{error:?}");
    build(&shop, false).await.unwrap();
}
