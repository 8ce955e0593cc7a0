//! Who reaches the key tables, and which roles a key store refuses.

use diesel::connection::SimpleConnection;
use diesel::r2d2;
use tenancy_diesel::encryption::{BlockingPgKeyStore, KeyStoreBuildError, PgKeyStore};
use tenancy_testing::PgServer;
use tenancy_tests::A;

use crate::database::{Vault, refusal};

#[tokio::test(flavor = "multi_thread")]
async fn the_application_reaches_no_key_and_the_key_store_no_row() {
    let vault = Vault::new();
    vault.keyring().await.create_tenant(&A).await.unwrap();
    let mut app = vault.raw();
    for statement in [
        "SELECT * FROM tenancy.tenancy_keys",
        "SELECT tenant FROM tenancy.tenancy_kek",
        "UPDATE tenancy.tenancy_kek SET floor = 1",
        "INSERT INTO tenancy.tenancy_kek (tenant, revision) VALUES ('x', 1)",
        "DELETE FROM tenancy.tenancy_keys",
        "TRUNCATE tenancy.tenancy_kek, tenancy.tenancy_keys",
    ] {
        let message = refusal(app.batch_execute(statement));
        assert!(
            message.contains("permission denied"),
            "{statement}: {message}"
        );
    }
    let mut keys = vault.keys();
    for statement in [
        "SELECT * FROM accounts",
        "DELETE FROM people",
        "DELETE FROM tenancy.tenancy_kek",
        "TRUNCATE tenancy.tenancy_keys",
        "DROP TABLE tenancy.tenancy_keys",
        "SELECT * FROM tenancy.schema_migrations",
    ] {
        let message = refusal(keys.batch_execute(statement));
        assert!(
            message.contains("permission denied") || message.contains("must be owner"),
            "{statement}: {message}"
        );
    }
}

async fn build(vault: &Vault, role: &str, app: &str) -> Result<PgKeyStore, KeyStoreBuildError> {
    let pool = vault.key_pool(role, 1).await;
    PgKeyStore::builder(pool, app).build().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_may_more_than_it_needs_is_refused() {
    let vault = Vault::new();
    let server = PgServer::shared().unwrap();
    let (app, keys) = (vault.app_role(), vault.keys_role());
    let refused = build(&vault, app, app).await;
    assert!(
        matches!(&refused, Err(KeyStoreBuildError::ApplicationRole { role }) if role == app),
        "{refused:?}"
    );
    let group = server.create_login_role("boot_owner").unwrap();
    vault.sql(&format!("ALTER TABLE tenancy.tenancy_kek OWNER TO {group}"));
    let refused = build(&vault, &group, app).await;
    assert!(
        matches!(&refused, Err(KeyStoreBuildError::UnsafeRole { role, .. }) if *role == group),
        "{refused:?}"
    );
    let member = server.create_login_role("boot_member").unwrap();
    vault.sql(&format!(
        "GRANT {group} TO {member}; ALTER ROLE {member} NOINHERIT"
    ));
    let refused = build(&vault, &member, app).await;
    assert!(
        matches!(&refused, Err(KeyStoreBuildError::UnsafeRole { role, .. }) if *role == member),
        "{refused:?}"
    );
    let superuser = vault.lines("SELECT current_user").remove(0);
    let pool = bb8::Pool::builder()
        .max_size(1)
        .build(
            diesel_async::pooled_connection::AsyncDieselConnectionManager::new(
                vault.superuser_url(),
            ),
        )
        .await
        .unwrap();
    let refused = PgKeyStore::builder(pool, app).build().await;
    assert!(
        matches!(&refused, Err(KeyStoreBuildError::UnsafeRole { role, why }) if *role == superuser
            && why.contains("superuser")),
        "{refused:?}"
    );
    assert!(build(&vault, keys, app).await.is_ok());
    assert!(
        build(&vault, keys, "a_role_of_another_server")
            .await
            .is_ok()
    );
}

/// The check runs with operators of PostgreSQL's own, whatever the role's search path puts before them.
#[tokio::test(flavor = "multi_thread")]
async fn an_operator_planted_in_the_search_path_hides_nothing() {
    let vault = Vault::new();
    let role = PgServer::shared()
        .unwrap()
        .create_login_role("boot_planted")
        .unwrap();
    vault.sql(&format!(
        "CREATE SCHEMA planted;
         GRANT USAGE ON SCHEMA planted TO PUBLIC;
         CREATE FUNCTION planted.never(name, name) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE OPERATOR planted.= (LEFTARG = name, RIGHTARG = name, FUNCTION = planted.never);
         ALTER ROLE {role} SET search_path = planted, pg_catalog, public;
         ALTER ROLE {role} SUPERUSER"
    ));
    let refused = build(&vault, &role, vault.app_role()).await;
    assert!(
        matches!(&refused, Err(KeyStoreBuildError::UnsafeRole { role: found, why })
            if *found == role && why.contains("superuser")),
        "{refused:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_that_could_reach_the_keys_is_refused() {
    let vault = Vault::new();
    let server = PgServer::shared().unwrap();
    let keys = vault.keys_role();
    // Memberships belong to the whole server, so the application has a role for this test.
    let app = server.create_login_role("boot_app").unwrap();
    let group = server.create_login_role("boot_group").unwrap();
    vault.sql(&format!("ALTER ROLE {app} NOINHERIT"));
    let all_data = (
        format!("GRANT pg_read_all_data TO {app}"),
        format!("REVOKE pg_read_all_data FROM {app}"),
    );
    // PostgreSQL 14 brought that role.
    let all_data = (server.version() >= 140_000).then_some(all_data);
    let grants = [
        (
            format!("GRANT SELECT ON tenancy.tenancy_keys TO {app}"),
            format!("REVOKE ALL ON tenancy.tenancy_keys FROM {app}"),
        ),
        (
            format!("GRANT SELECT (salt) ON tenancy.tenancy_kek TO {app}"),
            format!("REVOKE ALL (salt) ON tenancy.tenancy_kek FROM {app}"),
        ),
        (
            format!("GRANT TRUNCATE ON tenancy.tenancy_kek TO {app}"),
            format!("REVOKE ALL ON tenancy.tenancy_kek FROM {app}"),
        ),
        (
            "GRANT UPDATE ON tenancy.tenancy_kek TO PUBLIC".to_owned(),
            "REVOKE ALL ON tenancy.tenancy_kek FROM PUBLIC".to_owned(),
        ),
        (
            format!("GRANT SELECT ON tenancy.tenancy_kek TO {group}; GRANT {group} TO {app}"),
            format!("REVOKE ALL ON tenancy.tenancy_kek FROM {group}; REVOKE {group} FROM {app}"),
        ),
        (
            format!("GRANT {keys} TO {app}"),
            format!("REVOKE {keys} FROM {app}"),
        ),
        (
            format!("ALTER ROLE {app} SUPERUSER"),
            format!("ALTER ROLE {app} NOSUPERUSER"),
        ),
        (
            format!("ALTER ROLE {app} CREATEROLE"),
            format!("ALTER ROLE {app} NOCREATEROLE"),
        ),
    ];
    for (grant, revoke) in grants.into_iter().chain(all_data) {
        vault.sql(&grant);
        let refused = build(&vault, keys, &app).await;
        assert!(
            matches!(&refused, Err(KeyStoreBuildError::ApplicationReachesKeys { role }) if *role == app),
            "{grant}: {refused:?}"
        );
        vault.sql(&revoke);
        assert!(build(&vault, keys, &app).await.is_ok(), "{revoke}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_is_named() {
    let vault = Vault::new();
    let (app, keys) = (vault.app_role(), vault.keys_role());
    for privilege in ["INSERT ON tenancy.tenancy_keys", "USAGE ON SCHEMA tenancy"] {
        vault.sql(&format!("REVOKE {privilege} FROM {keys}"));
        let refused = build(&vault, keys, app).await;
        assert!(
            matches!(&refused, Err(KeyStoreBuildError::MissingPrivileges { role }) if role == keys),
            "{refused:?}"
        );
        vault.sql(&format!("GRANT {privilege} TO {keys}"));
    }
    vault.sql("ALTER TABLE tenancy.tenancy_keys RENAME TO away");
    let refused = build(&vault, keys, app).await;
    assert!(
        matches!(refused, Err(KeyStoreBuildError::NotMigrated)),
        "{refused:?}"
    );
}

#[test]
fn the_blocking_form_checks_the_same() {
    let vault = Vault::new();
    let manager = r2d2::ConnectionManager::new(vault.url());
    let pool = r2d2::Pool::builder().max_size(1).build(manager).unwrap();
    let refused = BlockingPgKeyStore::builder(pool, vault.app_role()).build();
    assert!(
        matches!(&refused, Err(KeyStoreBuildError::ApplicationRole { .. })),
        "{refused:?}"
    );
}
