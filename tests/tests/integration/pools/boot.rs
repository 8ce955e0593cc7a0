//! What a pool refuses before it hands out a scope.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig};
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures_util::FutureExt;
use tenancy_diesel::audit::Finding;
use tenancy_diesel::bb8::ConnectionManager;
use tenancy_diesel::pool::BuildError;
use tenancy_diesel::{Class, Registry, Table};
use tenancy_testing::PgServer;
use tenancy_tests::database::{Layers, Shop};
use tenancy_tests::pools;
use tenancy_tests::schema::{REGISTRY, TenantPool};

use super::log::Log;

/// A database with two roles of its own that are nothing yet.
struct World {
    shop: Shop,
    role: String,
    other: String,
}

impl World {
    fn new() -> Self {
        static WORLDS: AtomicU32 = AtomicU32::new(0);
        let number = WORLDS.fetch_add(1, Ordering::Relaxed);
        let server = PgServer::shared().unwrap();
        let role = |name: &str| server.create_login_role(&format!("{name}_{number}"));
        let world = World {
            shop: Shop::new(Layers::Both),
            role: role("boot").unwrap(),
            other: role("boot_other").unwrap(),
        };
        // The policies are for the application, and for the role in its place.
        let app = world.shop.app_role();
        for table in REGISTRY.tables.iter().filter(|t| t.class.is_scoped()) {
            let name = format!("{}.{}", table.schema.unwrap_or("public"), table.name);
            world.sql(&format!(
                "ALTER POLICY tenancy_scope ON {name} TO {app}, {{role}};
                 ALTER POLICY tenancy_guard ON {name} TO {app}, {{role}}"
            ));
        }
        world
    }

    fn url(&self) -> String {
        // The user is the first name in it.
        self.shop
            .url()
            .replacen(self.shop.app_role(), &self.role, 1)
    }

    /// Runs SQL as the superuser. `{role}` is the role that logs in, and `{other}` the second one.
    fn sql(&self, sql: &str) {
        let sql = sql
            .replace("{role}", &self.role)
            .replace("{other}", &self.other);
        self.shop.superuser().batch_execute(&sql).unwrap();
    }

    /// What pools of all kinds find. They find the same.
    fn findings(&self) -> Vec<Finding> {
        findings_of(&self.url())
    }

    /// Runs the mends, after which nothing is found.
    #[track_caller]
    fn mend(&self, findings: &[Finding]) {
        for finding in findings {
            // Some are found only because of the others.
            if let Some(mend) = &finding.mend {
                self.sql(mend);
            }
        }
        assert_sound(&self.findings());
    }
}

fn findings_of(url: &str) -> Vec<Finding> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let of = |error: Option<BuildError>| match error {
        None => Vec::new(),
        Some(BuildError::UnsafeDatabase { findings }) => findings,
        Some(other) => panic!("{other:?}"),
    };
    let (bb8, deadpool) = runtime.block_on(async {
        let bb8 = TenantPool::builder(pools::raw_bb8(url, 1).await);
        let deadpool = TenantPool::builder(pools::raw_deadpool(url, 1));
        (bb8.build().await.err(), deadpool.build().await.err())
    });
    let r2d2 = TenantPool::builder(pools::raw_r2d2(url, 1)).build().err();
    let found = of(bb8);
    assert_eq!(text(&of(deadpool)), text(&found));
    assert_eq!(text(&of(r2d2)), text(&found));
    found
}

fn text(findings: &[Finding]) -> String {
    findings.iter().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_sound(findings: &[Finding]) {
    assert_eq!(text(findings), "");
}

/// The findings are of these rules, and the first one says this.
#[track_caller]
fn assert_found(findings: &[Finding], rules: &[&str], evidence: &str) {
    let found: Vec<&str> = findings.iter().map(|f| f.rule.id()).collect();
    assert_eq!(found, rules, "{}", text(findings));
    assert!(
        findings[0].evidence.contains(evidence),
        "{}",
        text(findings)
    );
}

#[test]
fn the_application_role_is_accepted() {
    let world = World::new();
    assert_sound(&findings_of(&world.shop.url()));
    assert_sound(&world.findings());
}

#[test]
fn a_superuser_is_refused() {
    let world = World::new();
    let found = findings_of(&world.shop.superuser_url());
    let of = |rule: &str| found.iter().any(|finding| finding.rule.id() == rule);
    assert!(of("role-superuser"), "{}", text(&found));
    assert!(of("rls-inactive"), "{}", text(&found));
}

#[test]
fn a_role_with_bypassrls_is_refused() {
    let world = World::new();
    world.sql("ALTER ROLE {role} BYPASSRLS");
    let found = world.findings();
    assert_found(&found, &["role-bypasses-rls", "rls-inactive"], "BYPASSRLS");
    let mend = format!("ALTER ROLE \"{}\" NOBYPASSRLS;", world.role);
    assert_eq!(found[0].mend.as_ref(), Some(&mend));
    world.mend(&found);
}

/// What was done to the policies of a table, and what is found.
const POLICIES: &[(&str, &[&str])] = &[
    (
        "ALTER TABLE tasks DISABLE ROW LEVEL SECURITY",
        &["rls-disabled", "rls-inactive"],
    ),
    (
        "ALTER TABLE billing.invoices NO FORCE ROW LEVEL SECURITY",
        &["rls-not-forced"],
    ),
    (
        "DROP POLICY tenancy_scope ON tasks; DROP POLICY tenancy_guard ON tasks",
        &["rls-no-policy"],
    ),
    (
        "DROP POLICY tenancy_guard ON tasks; CREATE POLICY reports ON tasks FOR SELECT USING (true)",
        &["policy-extra"],
    ),
    (
        "ALTER POLICY tenancy_scope ON projects
            USING (tenant_id = (SELECT nullif(current_setting('app.org', true), '')::uuid))
            WITH CHECK (tenant_id = (SELECT nullif(current_setting('app.org', true), '')::uuid))",
        &["policy-wrong-variable"],
    ),
    (
        "ALTER POLICY tenancy_scope ON files USING (true) WITH CHECK (true)",
        &["policy-always-true"],
    ),
];

#[test]
fn tables_that_policies_do_not_hold_are_refused_until_they_are_mended() {
    for (flaw, rules) in POLICIES {
        let world = World::new();
        world.sql(flaw);
        let found = world.findings();
        assert_found(&found, rules, "");
        assert!(found[0].mend.is_some(), "{}", text(&found));
        world.mend(&found);
    }
}

#[test]
fn an_owner_of_a_table_is_refused() {
    let world = World::new();
    world.sql("ALTER TABLE projects OWNER TO {role}; ALTER TABLE billing.invoices OWNER TO {role}");
    let owns = "owns public.projects, billing.invoices";
    assert_found(&world.findings(), &["role-owns-tables"], owns);
}

/// Shared tables too: their owner can write them, and make them another tenant's.
#[test]
fn an_owner_of_a_shared_table_is_refused() {
    let world = World::new();
    world.sql("ALTER TABLE countries OWNER TO {role}");
    let owns = "owns public.countries";
    assert_found(&world.findings(), &["role-owns-tables"], owns);
}

#[test]
fn a_table_of_the_same_name_off_the_search_path_is_none_of_the_schema() {
    let world = World::new();
    world.sql(
        "CREATE SCHEMA aside;
         CREATE TABLE aside.projects (tenant_id uuid);
         ALTER TABLE aside.projects OWNER TO {role}",
    );
    assert_sound(&world.findings());
    world.sql(
        "GRANT USAGE ON SCHEMA aside TO {role};
         ALTER ROLE {role} SET search_path = aside, public",
    );
    let found = world.findings();
    let of = |rule: &str| found.iter().find(|finding| finding.rule.id() == rule);
    let owns = &of("role-owns-tables").unwrap().evidence;
    assert!(owns.contains("owns aside.projects"), "{owns}");
    let table = of("rls-disabled").unwrap().table.as_deref();
    assert_eq!(table, Some("aside.projects"));
}

/// Whether rights are inherited or taken by SET ROLE, directly or through a role between.
#[test]
fn a_member_of_the_owner_is_refused() {
    for membership in [
        "GRANT {other} TO {role}",
        "GRANT {other} TO {role}; ALTER ROLE {role} NOINHERIT",
        "CREATE ROLE {other}_between NOLOGIN NOINHERIT;
         GRANT {other} TO {other}_between; GRANT {other}_between TO {role}",
    ] {
        let world = World::new();
        let owns = "ALTER TABLE projects OWNER TO {other};";
        world.sql(&format!("{owns}{membership}"));
        let found = world.findings();
        let owner = format!("can become {} owns public.projects", world.other);
        assert_found(&found, &["role-owns-tables"], &owner);
        assert_eq!(found[0].mend.is_some(), !membership.contains("between"));
        world.sql("REVOKE {other} FROM {role}; DROP ROLE IF EXISTS {other}_between");
        assert_sound(&world.findings());
    }
}

#[test]
fn a_role_that_can_become_exempt_is_refused() {
    for option in ["SUPERUSER", "BYPASSRLS", "CREATEROLE", "REPLICATION"] {
        let world = World::new();
        world.sql(&format!(
            "ALTER ROLE {{other}} {option}; GRANT {{other}} TO {{role}}; ALTER ROLE {{role}} NOINHERIT"
        ));
        let found = world.findings();
        let evidence = format!("can become {}, which has {option}", world.other);
        assert_found(&found, &["role-reaches-exempt"], &evidence);
        world.mend(&found);
    }
}

#[test]
fn a_role_that_creates_roles_or_reaches_the_files_of_the_server_is_refused() {
    for (grant, rule, evidence) in [
        (
            "ALTER ROLE {role} CREATEROLE",
            "role-creates-roles",
            "CREATEROLE",
        ),
        (
            "GRANT pg_read_server_files TO {role}",
            "role-predefined",
            "pg_read_server_files",
        ),
        (
            "GRANT pg_execute_server_program TO {role}",
            "role-predefined",
            "pg_execute_server_program",
        ),
    ] {
        let world = World::new();
        world.sql(grant);
        let found = world.findings();
        assert_found(&found, &[rule], evidence);
        world.mend(&found);
    }
}

/// `RESET ROLE` would lead back to the role that logged in.
#[test]
fn a_session_of_another_role_is_refused() {
    let world = World::new();
    let app = world.shop.app_role().to_owned();
    world.sql(&format!(
        "GRANT {app} TO {{role}}; ALTER ROLE {{role}} SET role = {app}"
    ));
    let evidence = format!("acts as {app}, and can return to {}.", world.role);
    assert_found(&world.findings(), &["role-session-user-differs"], &evidence);
}

/// `session_user` does not tell who logged in.
#[tokio::test]
async fn a_superuser_who_took_another_session_authorization_is_refused() {
    let world = World::new();
    let role = world.role.clone();
    let mut config = ManagerConfig::default();
    config.custom_setup = Box::new(move |url| {
        let (url, role) = (url.to_owned(), role.clone());
        async move {
            let mut conn = AsyncPgConnection::establish(&url).await?;
            let sql = format!("SET SESSION AUTHORIZATION {role}");
            conn.batch_execute(&sql).await.unwrap();
            Ok(conn)
        }
        .boxed()
    });
    let url = world.shop.superuser_url();
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    let pool = bb8::Pool::builder()
        .max_size(1)
        .build(ConnectionManager::from(manager))
        .await
        .unwrap();
    let refused = TenantPool::builder(pool).build().await.unwrap_err();
    let text = refused.to_string();
    assert!(text.contains("can return to postgres"), "{text}");
    assert!(text.contains("error[role-superuser]"), "{text}");
}

#[test]
fn everything_that_is_found_is_in_the_message() {
    let world = World::new();
    world.sql("ALTER ROLE {role} BYPASSRLS CREATEROLE; ALTER TABLE tasks OWNER TO {role}");
    let findings = world.findings();
    assert!(findings.len() >= 3);
    let refused = TenantPool::builder(pools::raw_r2d2(&world.url(), 1)).build();
    let text = refused.unwrap_err().to_string();
    for finding in findings {
        let finding = finding.to_string();
        assert!(text.contains(finding.trim_end()), "{text}");
    }
}

/// The check runs with operators of PostgreSQL's own.
#[test]
fn an_operator_planted_in_the_search_path_hides_nothing() {
    let world = World::new();
    world.sql(
        "CREATE SCHEMA planted;
         GRANT USAGE ON SCHEMA planted TO PUBLIC;
         CREATE FUNCTION planted.never(name, name) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE FUNCTION planted.never(oid, oid) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE OPERATOR planted.= (LEFTARG = name, RIGHTARG = name, FUNCTION = planted.never);
         CREATE OPERATOR planted.= (LEFTARG = oid, RIGHTARG = oid, FUNCTION = planted.never);
         ALTER ROLE {role} SET search_path = planted, pg_catalog, public;
         ALTER ROLE {role} BYPASSRLS",
    );
    let mut conn = world.shop.connect_as(&world.role);
    let control = "DO $$BEGIN ASSERT 1::oid = 1::oid; END$$";
    assert!(conn.batch_execute(control).is_err(), "the control");
    let found = world.findings();
    let of = |rule: &str| found.iter().any(|finding| finding.rule.id() == rule);
    assert!(of("role-bypasses-rls"), "{}", text(&found));
    assert!(of("setting-search-path"), "{}", text(&found));
}

static ELSEWHERE: Registry = Registry::new(
    "app.tenant_id",
    "uuid",
    &[Table {
        path: "elsewhere",
        schema: None,
        name: "elsewhere",
        class: Class::Tenant {
            column: "tenant_id",
        },
        columns: &[],
        primary_key: &[],
        encrypted: &[],
    }],
);

#[test]
fn the_tables_of_another_schema_are_checked_on_request() {
    let world = World::new();
    world.sql("CREATE TABLE elsewhere (tenant_id uuid); ALTER TABLE elsewhere OWNER TO {role}");
    assert_sound(&world.findings());
    let pool = pools::raw_r2d2(&world.url(), 1);
    let refused = TenantPool::builder(pool).check_also(&ELSEWHERE).build();
    let text = refused.unwrap_err().to_string();
    assert!(text.contains("owns public.elsewhere"), "{text}");
}

/// The connection that was looked at is handed out afterwards.
#[test]
fn the_check_leaves_nothing_on_its_connection() {
    let world = World::new();
    let raw = pools::raw_r2d2(&world.shop.url(), 1);
    let pid = |raw: &tenancy_diesel::r2d2::Pool| {
        let sql = "SELECT concat_ws(' ', pg_backend_pid(), current_setting('search_path')) AS line";
        let mut conn = raw.get().unwrap();
        let line: Line =
            diesel::RunQueryDsl::get_result(diesel::sql_query(sql), &mut conn).unwrap();
        line.line
    };
    let before = pid(&raw);
    let pool: TenantPool<_> = TenantPool::builder(raw.clone()).build().unwrap();
    drop(pool);
    assert_eq!(pid(&raw), before);
}

#[derive(diesel::QueryableByName)]
struct Line {
    #[diesel(sql_type = diesel::sql_types::Text)]
    line: String,
}

#[test]
fn a_skipped_check_is_a_warning_with_its_reason() {
    let world = World::new();
    world.sql("ALTER ROLE {role} BYPASSRLS");
    let log = Log::default();
    let url = world.url();
    let built = tracing::subscriber::with_default(log.clone(), || {
        TenantPool::builder(pools::raw_r2d2(&url, 1))
            .dangerously_skip_boot_check("the roles are mended on Monday")
            .build()
    });
    assert!(built.is_ok());
    let text = log.text();
    for part in [
        "WARN",
        "the roles are mended on Monday",
        "role-bypasses-rls",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let clean = Log::default();
    let url = world.shop.url();
    tracing::subscriber::with_default(clean.clone(), || {
        let pool = TenantPool::builder(pools::raw_r2d2(&url, 1));
        pool.dangerously_skip_boot_check("none").build().unwrap();
    });
    assert!(!clean.text().contains("boot check"), "nothing was found");
}

#[tokio::test]
async fn a_check_is_not_skipped_without_a_reason() {
    let world = World::new();
    let url = world.shop.url();
    for reason in ["", " \n"] {
        let pool = TenantPool::builder(pools::raw_deadpool(&url, 1));
        let refused = pool.dangerously_skip_boot_check(reason).build().await;
        assert!(matches!(refused, Err(BuildError::NoReason)));
    }
}

#[test]
fn a_server_that_is_not_there_is_a_typed_error() {
    let world = World::new();
    let url = world
        .shop
        .url()
        .replacen(world.shop.app_role(), "nobody_here", 1);
    let refused = TenantPool::builder(pools::raw_r2d2(&url, 1)).build();
    assert!(matches!(refused, Err(BuildError::Checkout(_))));
}
