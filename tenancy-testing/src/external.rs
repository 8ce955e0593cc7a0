//! A server that is not ours, on which nothing may be left behind.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::HarnessError;
use crate::admin::Admin;
use crate::environment::Environment;
use crate::locate;
use crate::temp_directory;
use crate::watchdog::{Charge, Watchdog};

/// Removes everything with our prefix from the server when dropped, or when
/// this process ends without dropping it.
#[derive(Debug)]
pub(crate) struct Sweeper {
    #[expect(dead_code, reason = "kept for its destructor")]
    watchdog: Watchdog,
}

impl Sweeper {
    pub(crate) fn start(
        environment: &Environment,
        admin: &Admin,
        prefix: &str,
    ) -> Result<Self, HarnessError> {
        check_rights(admin)?;
        let psql = locate::psql(environment)?;
        let parent = temp_directory::choose(environment, None)?;
        let settings = admin.url().service_file("tenancy")?;
        let watchdog = Watchdog::start(&parent, Some(&psql))?;
        // A command line can be read by every user of the machine; this file
        // only by us.
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(watchdog.directory().join("service.conf"))
            .and_then(|mut file| file.write_all(settings.as_bytes()))
            .map_err(HarnessError::io("write the connection settings for psql"))?;
        watchdog.charge(Charge::Sweep(prefix))?;
        Ok(Self { watchdog })
    }
}

fn check_rights(admin: &Admin) -> Result<(), HarnessError> {
    let sufficient = admin.with("look up the rights of the test user", |connection| {
        diesel::select(sql::<Bool>(
            "(SELECT rolsuper OR (rolcreatedb AND rolcreaterole) \
             FROM pg_catalog.pg_roles WHERE rolname = current_user)",
        ))
        .get_result::<bool>(connection)
    })?;
    if sufficient {
        return Ok(());
    }
    Err(HarnessError::MissingRights {
        user: admin.url().user().to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::error::Error;
    use std::sync::Arc;
    use std::thread;
    use std::time::{Duration, Instant};

    use diesel::connection::SimpleConnection;
    use diesel::sql_types::{BigInt, Text};
    use tenancy_diesel::PolicyOptions;

    use super::*;
    use crate::PgServer;

    type TestResult<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

    /// A server whose place in the environment of a process another one takes.
    fn others() -> TestResult<(Arc<PgServer>, PgConnection)> {
        let server = PgServer::start_in(&with_url(None), &[])?;
        let admin = PgConnection::establish(&server.admin_url())?;
        Ok((server, admin))
    }

    fn with_url(database_url: Option<String>) -> Environment {
        Environment {
            database_url,
            ..Environment::of_this_process()
        }
    }

    /// Has the server ask everyone but its superuser for a password.
    fn demand_passwords(server: &PgServer, admin: &mut PgConnection, role: &str) -> TestResult {
        let file: String =
            diesel::select(sql::<Text>("current_setting('hba_file')")).get_result(admin)?;
        admin.batch_execute(&format!(
            "COPY (SELECT unnest(ARRAY['host all postgres 127.0.0.1/32 trust', \
                                       'host all all 127.0.0.1/32 scram-sha-256'])) TO '{file}'; \
             SELECT pg_reload_conf()"
        ))?;
        let deadline = Instant::now() + Duration::from_secs(30);
        while PgConnection::establish(&server.url("postgres", role)).is_ok() {
            if Instant::now() > deadline {
                return Err("the server asks for no password".into());
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(())
    }

    #[test]
    fn a_user_with_passwords_and_without_superuser_rights_is_enough() -> TestResult {
        let (server, mut admin) = others()?;
        admin.batch_execute("CREATE ROLE tester LOGIN CREATEDB CREATEROLE PASSWORD 'se@cret'")?;
        demand_passwords(&server, &mut admin, "tester")?;
        let url = server
            .url("postgres", "tester")
            .replace("tester@", "tester:se%40cret@");

        let external = PgServer::start_in(&with_url(Some(url)), &[])?;
        let role = external.create_login_role("app")?;
        let template = external.template("t", |conn| {
            conn.batch_execute(&format!(
                "CREATE TABLE t (id integer); GRANT SELECT ON t TO {role}"
            ))
        })?;
        let database = template.create()?;
        let mut app = PgConnection::establish(&database.url_as(&role))?;
        app.batch_execute("SELECT * FROM t")?;
        drop(database);
        assert!(
            app.batch_execute("SELECT * FROM t").is_err(),
            "the session was ended"
        );

        let left = format!(
            "((SELECT count(*) FROM pg_database WHERE starts_with(datname::text, '{0}')) \
              + (SELECT count(*) FROM pg_roles WHERE starts_with(rolname::text, '{0}')))",
            external.prefix()
        );
        let mut left = || diesel::select(sql::<BigInt>(&left)).get_result::<i64>(&mut admin);
        assert_eq!(left()?, 2, "the template and the role");
        drop((template, external));
        assert_eq!(left()?, 0);
        Ok(())
    }

    #[test]
    fn a_role_with_a_name_of_its_own_is_refused_where_it_could_be_somebody_elses() -> TestResult {
        let (server, mut admin) = others()?;
        let external = PgServer::start_in(&with_url(Some(server.admin_url())), &[])?;
        let refused = external.create_fixed_role("shop_app");
        assert!(matches!(refused, Err(HarnessError::FixedRole { role }) if role == "shop_app"),);
        let refused = external.bootstrap(&mut admin, &PolicyOptions::new());
        assert!(matches!(refused, Err(HarnessError::FixedRole { .. })));

        let own = |name| external.role_name(name);
        let options = PolicyOptions::new()
            .app_role(own("app"))
            .owner_role(own("owner"))
            .migrator_role(own("migrator"));
        external.bootstrap(&mut admin, &options)?;
        server.create_fixed_role("shop_app")?;
        server.create_fixed_role("shop_app")?;
        Ok(())
    }

    #[test]
    fn a_user_who_may_not_create_databases_is_told_so() -> TestResult {
        let (server, mut admin) = others()?;
        admin.batch_execute("CREATE ROLE tester LOGIN CREATEROLE")?;
        let url = server.url("postgres", "tester");
        let error = PgServer::start_in(&with_url(Some(url)), &[])
            .err()
            .ok_or("accepted")?
            .to_string();
        assert!(
            error.contains("ALTER ROLE tester CREATEDB CREATEROLE"),
            "{error}"
        );
        Ok(())
    }
}
