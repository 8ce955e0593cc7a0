//! The record is there before the rows are, and without it there are none.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use tenancy_diesel::crossing::{CrossingError, InvalidPurpose};
use tenancy_diesel::insert_into;
use tenancy_tests::A;
use tenancy_tests::schema::projects;

use crate::subscriber::{Listener, Told};
use crate::world::{Record, World};

#[test]
fn an_opening_and_each_statement_are_recorded_with_who_and_why() {
    let world = World::new();
    let pool = world.pool();
    let mut cross = pool.open(" alice@example.org ", "ticket 4711").unwrap();
    let named = projects::table.filter(projects::name.eq("a secret of the caller"));
    cross.load::<i32>(named.select(projects::id)).unwrap();
    let mut scope = cross.scope(world.raw(), A).unwrap();
    insert_into(projects::table)
        .values((projects::id.eq(50), projects::name.eq("written")))
        .execute(&mut scope)
        .unwrap();

    let roles = format!("{} {}", world.role("support"), world.role("recorder"));
    let record = |kind: &str, what: Option<&str>| Record {
        opening: cross.id().to_owned(),
        kind: kind.to_owned(),
        who: "alice@example.org".to_owned(),
        why: "ticket 4711".to_owned(),
        roles: roles.clone(),
        what: what.map(str::to_owned),
    };
    assert_eq!(
        world.records(),
        [
            record("open", None),
            record(
                "read",
                Some(
                    "SELECT \"projects\".\"id\" FROM \"projects\" AS \"projects\" \
                     WHERE (\"projects\".\"name\" = $1)"
                )
            ),
            record("scope", Some(&A.0.to_string())),
        ]
    );
    let stamped = "SELECT count(*) AS n FROM tenancy.crossings
        WHERE recorded_at BETWEEN now() - interval '10 min' AND now() AND application IS NOT NULL";
    assert_eq!(world.number(stamped), 3);
    assert_eq!(
        world.number("SELECT count(*) AS n FROM projects WHERE name = 'written'"),
        1
    );
}

#[test]
fn a_purpose_that_says_nothing_opens_nothing() {
    let world = World::new();
    let pool = world.pool();
    for (actor, reason) in [("", "why"), ("alice", " \t "), ("alice", "a\nb")] {
        let refused = pool.open(actor, reason).unwrap_err();
        assert!(matches!(refused, CrossingError::Purpose(_)), "{refused:?}");
    }
    let long = "x".repeat(3000);
    assert!(matches!(
        pool.open("alice", &long),
        Err(CrossingError::Purpose(InvalidPurpose::TooLong {
            field: "reason",
            ..
        }))
    ));
    assert_eq!(world.records(), []);
}

/// A query whose statement ends its own session in the middle: the record was committed before.
#[test]
fn the_record_stays_when_the_reading_session_is_killed() {
    let world = World::new();
    let mut cross = world.open();
    let kill = diesel::dsl::sql::<Bool>("pg_terminate_backend(pg_backend_pid())");
    let dead = cross.load::<i32>(projects::table.filter(kill).select(projects::id));
    assert!(dead.is_err());
    assert_eq!(world.kinds(), ["open", "read"]);
    // The connection is not used again, and a new opening has one that works.
    assert!(
        cross
            .load::<i32>(projects::table.select(projects::id))
            .is_err()
    );
    drop(cross);
    let rows = world
        .open()
        .load::<i32>(projects::table.select(projects::id));
    assert_eq!(rows.unwrap().len(), 7);
}

#[test]
fn a_statement_that_fails_is_on_record_too() {
    let world = World::new();
    let mut cross = world.open();
    let fails = diesel::dsl::sql::<Bool>("1 / (id - 1) > 0");
    assert!(
        cross
            .load::<i32>(projects::table.filter(fails).select(projects::id))
            .is_err()
    );
    assert_eq!(world.kinds(), ["open", "read"]);
    // The transaction was rolled back, so the connection goes on.
    assert_eq!(cross.get_result::<i64>(projects::table.count()), Ok(7));
}

/// Whatever keeps the record from being written keeps the rows from being read. The sequence counts
/// what the statement did: it is not sent at all.
#[test]
fn nothing_is_read_without_a_record() {
    for (breaks, mends) in [
        (
            "REVOKE INSERT (actor) ON tenancy.crossings FROM {recorder}",
            "GRANT INSERT (actor) ON tenancy.crossings TO {recorder}",
        ),
        (
            "ALTER TABLE tenancy.crossings ADD CONSTRAINT is_full CHECK (false) NOT VALID",
            "ALTER TABLE tenancy.crossings DROP CONSTRAINT is_full",
        ),
        (
            "ALTER TABLE tenancy.crossings RENAME TO elsewhere",
            "ALTER TABLE tenancy.elsewhere RENAME TO crossings",
        ),
        (
            "CREATE RULE lost AS ON INSERT TO tenancy.crossings DO INSTEAD NOTHING",
            "DROP RULE lost ON tenancy.crossings",
        ),
    ] {
        let world = World::new();
        let recorder = world.role("recorder");
        let pool = world.pool();
        let mut cross = pool.open("alice", "ticket 1").unwrap();
        let count = || projects::table.count();
        assert_eq!(cross.get_result::<i64>(count()), Ok(7));

        world.administer(&breaks.replace("{recorder}", &recorder));
        let refused = cross.get_result::<i64>(count()).unwrap_err();
        let why = CrossingError::of(&refused);
        assert!(
            matches!(why, Some(CrossingError::NotRecorded(_))),
            "{breaks}: {refused:?}"
        );
        let refused = pool.open("alice", "ticket 2").map(|_| ()).unwrap_err();
        assert!(
            matches!(refused, CrossingError::NotRecorded(_)),
            "{breaks}: {refused:?}"
        );
        let refused = cross.scope(world.raw(), A).map(|_| ()).unwrap_err();
        assert!(
            matches!(refused, CrossingError::NotRecorded(_)),
            "{breaks}: {refused:?}"
        );

        world.administer(&mends.replace("{recorder}", &recorder));
        assert_eq!(cross.get_result::<i64>(count()), Ok(7));
        assert_eq!(world.kinds(), ["open", "read", "read"], "{breaks}");
    }
}

#[test]
fn the_record_is_durable_where_commits_are_asynchronous() {
    let world = World::new();
    let recorder = world.role("recorder");
    // A trigger that notes the setting with which the record is committed.
    world.administer(&format!(
        "ALTER ROLE {recorder} SET synchronous_commit = off;
         CREATE TABLE noted (setting text);
         CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS
             $$ BEGIN INSERT INTO noted VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$;
         CREATE CONSTRAINT TRIGGER note AFTER INSERT ON tenancy.crossings
             DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();"
    ));
    drop(world.open());
    world.administer(&format!("ALTER ROLE {recorder} RESET synchronous_commit"));
    assert_eq!(
        world.number("SELECT count(*) AS n FROM noted WHERE setting = 'on'"),
        1
    );
    assert_eq!(world.number("SELECT count(*) AS n FROM noted"), 1);
}

#[test]
fn openings_at_the_same_time_each_have_their_own_record() {
    let world = World::new();
    let pool = world.pool();
    std::thread::scope(|threads| {
        for n in 0..8 {
            let pool = &pool;
            threads.spawn(move || {
                let mut cross = pool.open(&format!("actor {n}"), "at once").unwrap();
                for _ in 0..3 {
                    assert_eq!(cross.get_result::<i64>(projects::table.count()), Ok(7));
                }
            });
        }
    });
    let records = world.records();
    assert_eq!(records.len(), 8 * 4);
    for n in 0..8 {
        let own: Vec<&Record> =
            (records.iter().filter(|r| r.who == format!("actor {n}"))).collect();
        assert_eq!(own.len(), 4);
        assert!(own.iter().all(|r| r.opening == own[0].opening));
        let of_opening = records.iter().filter(|r| r.opening == own[0].opening);
        assert_eq!(of_opening.count(), 4);
    }
}

#[test]
fn a_crossing_is_told_to_subscribers_once_it_is_on_record() {
    let world = World::new();
    let pool = world.pool();
    let listener = Listener::default();
    listener.during(|| {
        let mut cross = pool.open("alice", "ticket 1").unwrap();
        let named = projects::table
            .filter(projects::name.eq("s3cret bound"))
            .filter(diesel::dsl::sql::<Bool>("name <> 's3cret literal'"));
        cross.get_result::<i64>(named.count()).unwrap();
        drop(cross.scope(world.raw(), A).unwrap());
        // What is not recorded is not told.
        world.administer("ALTER TABLE tenancy.crossings RENAME TO elsewhere");
        cross
            .get_result::<i64>(projects::table.count())
            .unwrap_err();
    });
    let all = listener.all();
    let names: Vec<&str> = all.iter().map(|told| told.name.as_str()).collect();
    let event = "event tenancy::crossing";
    assert_eq!(names, [event, event, "statement", event]);
    for told in all.iter().filter(|told| told.name == event) {
        let told = ["actor", "reason"].map(|name| told.field(name).unwrap());
        assert_eq!(told, ["alice", "ticket 1"]);
    }
    assert_eq!(
        all[3].field("tenancy.tenant"),
        Some(A.0.to_string().as_str())
    );
    assert_eq!(all[2].field("otel.name"), Some("SELECT projects"));
    assert!(!format!("{all:?}").contains("s3cret"), "{all:?}");
    assert!(texts(&all).contains("name <> ?"));
}

fn texts(all: &[Told]) -> String {
    all.iter()
        .filter_map(|told| told.field("db.query.text"))
        .collect()
}
