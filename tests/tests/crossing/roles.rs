//! Who can cross tenants, and who can write and read the records.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_query;
use tenancy_diesel::crossing::BuildError;

use crate::world::World;

/// Runs the check with something changed about the roles.
fn refused(change: &str) -> BuildError {
    let world = World::new();
    // Roles are of the whole server, so each case has its own.
    let server = world.server();
    let [reader, recorder, app, auditor] =
        ["case_reader", "case_recorder", "case_app", "case_auditor"].map(|name| {
            let name = format!("{name}_{}", change.len());
            server.create_login_role(&name).unwrap()
        });
    tenancy_migrations::grant_crossings(&mut world.superuser(), &recorder, &auditor).unwrap();
    let pool = || {
        let (reading, recording) = (world.url_of(&reader), world.url_of(&recorder));
        tenancy_diesel::crossing::CrossTenantPool::builder(
            world.sync_pool_of(&reading, 1),
            world.sync_pool_of(&recording, 1),
        )
        .app_role(&app)
        .build()
    };
    pool().unwrap();
    world.administer(
        &change
            .replace("{reader}", &reader)
            .replace("{recorder}", &recorder)
            .replace("{app}", &app),
    );
    let refused = pool().unwrap_err();
    world.administer(&format!(
        "ALTER ROLE {reader} NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
         ALTER ROLE {recorder} NOSUPERUSER NOBYPASSRLS NOCREATEROLE;
         REVOKE {reader}, {recorder} FROM {app}; REVOKE {app} FROM {reader}, {recorder}"
    ));
    refused
}

#[test]
fn a_role_that_can_do_more_than_it_should_is_refused() {
    for (change, which, why) in [
        ("ALTER ROLE {reader} SUPERUSER", "reading", "is a superuser"),
        (
            "ALTER ROLE {recorder} SUPERUSER",
            "recording",
            "is a superuser",
        ),
        ("ALTER ROLE {reader} BYPASSRLS", "reading", "has BYPASSRLS"),
        (
            "ALTER ROLE {reader} CREATEROLE",
            "reading",
            "has CREATEROLE",
        ),
        (
            "GRANT {reader} TO {app}",
            "reading",
            "that the application's role can become",
        ),
        (
            "GRANT {recorder}     TO {app}",
            "recording",
            "that the application's role can become",
        ),
        (
            "GRANT {app} TO        {reader}",
            "reading",
            "can become the application's role",
        ),
        (
            "ALTER TABLE projects OWNER TO {reader}",
            "reading",
            "owns tables",
        ),
        (
            "GRANT UPDATE (name) ON projects TO {reader}",
            "reading",
            "may write to tables",
        ),
        (
            "GRANT DELETE ON tasks TO {recorder}",
            "recording",
            "may write to tables",
        ),
        (
            "GRANT SELECT ON tenancy.crossings TO {recorder}",
            "recording",
            "more with the records",
        ),
        (
            "GRANT UPDATE (reason) ON tenancy.crossings TO {recorder}",
            "recording",
            "more with the records",
        ),
        (
            "GRANT INSERT (recorded_at) ON tenancy.crossings TO {recorder}",
            "recording",
            "more with the records",
        ),
        (
            "GRANT TRUNCATE ON tenancy.crossings TO {recorder}",
            "recording",
            "more with the records",
        ),
        (
            "REVOKE INSERT (reason) ON tenancy.crossings FROM {recorder}",
            "recording",
            "may not add records",
        ),
    ] {
        match refused(change) {
            BuildError::UnsafeRole {
                which: found,
                why: reason,
                ..
            } => {
                assert!(
                    found == which && reason.contains(why),
                    "{change}: {found} {reason}"
                );
            }
            other => panic!("{change}: {other:?}"),
        }
    }
    for change in [
        "GRANT SELECT ON tenancy.crossings TO {app}",
        "GRANT INSERT (actor) ON tenancy.crossings TO {app}",
        "GRANT SELECT (reason) ON tenancy.crossings TO PUBLIC; REVOKE SELECT (reason) \
         ON tenancy.crossings FROM {recorder}; GRANT TRIGGER ON tenancy.crossings TO {app}",
    ] {
        let found = refused(change);
        let reaches = matches!(
            found,
            BuildError::ApplicationReachesRecords { .. } | BuildError::UnsafeRole { .. }
        );
        assert!(reaches, "{change}: {found:?}");
    }
    assert!(matches!(
        refused("ALTER TABLE tenancy.crossings RENAME TO elsewhere"),
        BuildError::NotMigrated
    ));
}

#[test]
fn the_application_cannot_be_the_one_that_crosses() {
    let world = World::new();
    let app = world.app_role().to_owned();
    let (support, recorder) = (world.role("support"), world.role("recorder"));
    for (reading, recording, which) in [(&app, &recorder, "reading"), (&support, &app, "recording")]
    {
        match world.try_pool(reading, recording) {
            Err(BuildError::UnsafeRole {
                which: found, why, ..
            }) => {
                assert_eq!((found, why), (which, "is the application's role"));
            }
            other => panic!("{other:?}"),
        }
    }
    // A name that is not a role's would make the check a check of nothing.
    let unknown = tenancy_diesel::crossing::CrossTenantPool::builder(
        world.sync_pool_of(&world.url_of(&support), 1),
        world.sync_pool_of(&world.url_of(&recorder), 1),
    )
    .app_role("nobody_has_this_name")
    .build();
    assert!(
        matches!(unknown, Err(BuildError::UnknownApplicationRole { .. })),
        "{unknown:?}"
    );
    for target in [support, recorder] {
        let denied = world.raw().batch_execute(&format!("SET ROLE {target}"));
        assert!(denied.is_err(), "{target}");
    }
}

/// What PostgreSQL says to a statement of a role.
fn is_denied(world: &World, role: &str, statement: &str) -> bool {
    match sql_query(statement).execute(&mut world.connect_as(role)) {
        Err(Error::DatabaseError(DatabaseErrorKind::Unknown, info)) => {
            info.message().contains("permission denied")
        }
        Ok(_) => false,
        Err(other) => panic!("{statement}: {other:?}"),
    }
}

const FORGED: &str = "INSERT INTO tenancy.crossings (opening, kind, actor, reason, reader)
    VALUES (gen_random_uuid(), 'open', 'bob', 'forged', 'support')";

#[test]
fn the_application_neither_forges_nor_reads_records_and_nobody_alters_them() {
    let world = World::new();
    drop(world.open());
    let app = world.app_role();
    let (support, recorder, auditor) = (
        world.role("support"),
        world.role("recorder"),
        world.role("record_auditor"),
    );
    for role in [app, &support, &auditor] {
        assert!(is_denied(&world, role, FORGED), "{role}");
    }
    for role in [app, &support, &recorder] {
        assert!(
            is_denied(&world, role, "SELECT * FROM tenancy.crossings"),
            "{role}"
        );
    }
    for role in [app, &support, &recorder, &auditor] {
        for statement in [
            "UPDATE tenancy.crossings SET actor = 'bob'",
            "DELETE FROM tenancy.crossings",
            "TRUNCATE tenancy.crossings",
        ] {
            assert!(is_denied(&world, role, statement), "{role}: {statement}");
        }
    }
    // The recorder does not say when, nor as whom, it wrote.
    for column in ["recorded_at", "recorded_by", "application", "client"] {
        let stamped = FORGED
            .replace("reader)", &format!("reader, {column})"))
            .replace("'support')", "'support', NULL)");
        assert!(is_denied(&world, &recorder, &stamped), "{column}");
    }
    // The control: the recorder may add, and the auditor read.
    assert!(!is_denied(&world, &recorder, FORGED));
    assert!(!is_denied(
        &world,
        &auditor,
        "SELECT * FROM tenancy.crossings"
    ));
    assert_eq!(world.kinds(), ["open", "open"]);
}

#[test]
fn records_keep_their_table() {
    let world = World::new();
    drop(world.open());
    let conn = &mut world.superuser();
    let refused = tenancy_migrations::revert_all(conn).unwrap_err();
    let source = std::error::Error::source(&refused).unwrap().to_string();
    assert!(
        source.contains("there are records of crossings"),
        "{source}"
    );
    conn.batch_execute("TRUNCATE tenancy.crossings").unwrap();
    tenancy_migrations::revert_all(conn).unwrap();
}

/// The check runs with operators of PostgreSQL's own, whatever the role's search path puts before them.
#[test]
fn an_operator_planted_in_the_search_path_hides_nothing() {
    let refused = refused(
        "CREATE SCHEMA planted;
         GRANT USAGE ON SCHEMA planted TO PUBLIC;
         CREATE FUNCTION planted.never(name, name) RETURNS bool LANGUAGE sql AS 'SELECT false';
         CREATE OPERATOR planted.= (LEFTARG = name, RIGHTARG = name, FUNCTION = planted.never);
         ALTER ROLE {reader} SET search_path = planted, pg_catalog, public;
         ALTER ROLE {reader} BYPASSRLS",
    );
    assert!(refused.to_string().contains("has BYPASSRLS"), "{refused}");
}
