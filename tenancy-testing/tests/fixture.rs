//! Databases of applications: setups, roles, scopes and comparisons.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use tenancy_diesel::{Class, InvalidTenantId, Registry, Scoped, SqlTenantId, Table, TenantId};
use tenancy_testing::{Fixture, HarnessError, Setup, SetupResult, assert_isolated};

const NOTES: &[Table] = &[Table {
    path: "notes",
    schema: None,
    name: "notes",
    class: Class::Tenant {
        column: "tenant_id",
    },
    columns: &[],
    primary_key: &["tenant_id", "id"],
    encrypted: &[],
}];
const REGISTRY: Registry = Registry::new("app.tenant_id", "int4", NOTES);
const TEXT_REGISTRY: Registry = Registry::new("app.tenant_id", "text", NOTES);

fn notes<Id: SqlTenantId>(db: &mut Setup<'_, Id>) -> SetupResult {
    let id = Id::PG_TYPE;
    db.conn().batch_execute(&format!(
        "CREATE TABLE notes (tenant_id {id} NOT NULL, id int4 NOT NULL, body text NOT NULL,
                             PRIMARY KEY (tenant_id, id))"
    ))?;
    let registry = if id == "text" {
        TEXT_REGISTRY
    } else {
        REGISTRY
    };
    let policies = db.policy_options().generate(&registry);
    db.conn().batch_execute(policies.up())?;
    for tenant in db.tenants() {
        add(1, &mut db.scope(tenant)?)?;
    }
    Ok(())
}

/// In raw SQL, whose tenant the policies check.
fn add<Id: SqlTenantId>(id: i32, conn: &mut Scoped<PgConnection, Id>) -> QueryResult<()> {
    let sql = format!(
        "INSERT INTO notes VALUES (current_setting('app.tenant_id')::{}, {id}, 'hello')",
        Id::PG_TYPE
    );
    conn.batch_execute(&sql)
}

static PLAIN: Fixture<i32> = Fixture::new(&REGISTRY, notes);

#[test]
fn a_scope_commits_and_a_test_scope_does_not() {
    let db = PLAIN.database();
    add(2, &mut db.scope(db.a())).unwrap();
    {
        let conn = &mut db.test_scope(db.a());
        add(3, conn).unwrap();
        conn.transaction(|conn| add(4, conn)).unwrap();
    }
    assert_eq!(
        db.rows_of(db.a()),
        ["notes (1999999901,1,hello)", "notes (1999999901,2,hello)"]
    );
    assert_eq!(db.rows_of(db.b()), ["notes (1999999902,1,hello)"]);
}

#[test]
fn tenants_can_share_a_test_transaction() {
    let db = PLAIN.database();
    let mut conn = db.test_raw();
    for tenant in [db.a(), db.b()] {
        let mut scope = Scoped::open(&mut conn, tenant).unwrap();
        let seen = diesel::sql_query("UPDATE notes SET body = body").execute(&mut scope);
        assert_eq!(seen, Ok(1));
    }
}

#[test]
fn the_setup_runs_once_for_all_databases() {
    static RUNS: AtomicU32 = AtomicU32::new(0);
    static ONCE: Fixture<i64> = Fixture::new(&REGISTRY, |_| {
        RUNS.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| ONCE.database());
        }
    });
    assert_eq!(RUNS.load(Ordering::SeqCst), 1);
}

#[test]
fn a_failed_setup_says_why_and_runs_again() {
    static FAILS: AtomicU32 = AtomicU32::new(0);
    static ONCE: Fixture<i32> = Fixture::new(&REGISTRY, |db| {
        if FAILS.fetch_add(1, Ordering::SeqCst) == 0 {
            db.conn().batch_execute("SELECT nothing")?;
        }
        Ok(())
    });
    let error = ONCE.try_database().unwrap_err();
    let HarnessError::Setup { source, .. } = error else {
        panic!("{error}");
    };
    assert!(source.to_string().contains("nothing"), "{source}");
    assert!(ONCE.try_database().is_ok());
}

#[test]
fn fixtures_with_roles_of_fixed_names_are_set_up_at_the_same_time() {
    fn set_up(db: &mut Setup<'_, i32>) -> SetupResult {
        let options = db.policy_options();
        db.bootstrap(&options)?;
        let mut migrator = db.connect_as("tenancy_migrator")?;
        migrator.batch_execute(
            "CREATE TABLE notes (tenant_id int4 NOT NULL, id int4 NOT NULL, body text NOT NULL,
                                 PRIMARY KEY (tenant_id, id))",
        )?;
        migrator.batch_execute(options.generate(&REGISTRY).up())?;
        Ok(())
    }
    static FIRST: Fixture<i32> = Fixture::new(&REGISTRY, set_up).app_role("notes_app");
    static SECOND: Fixture<i32> = Fixture::new(&REGISTRY, set_up).app_role("notes_app");
    thread::scope(|scope| {
        for fixture in [&FIRST, &SECOND] {
            scope.spawn(|| {
                let db = fixture.database();
                assert_eq!(db.app_role(), "notes_app");
                add(1, &mut db.scope(db.a())).unwrap();
                assert_isolated!(db);
            });
        }
    });
}

#[test]
fn an_unchanged_tenant_passes_and_a_changed_one_is_shown() {
    let db = PLAIN.database();
    let (ours, theirs) = (db.snapshot(db.a()), db.snapshot(db.b()));
    diesel::sql_query("UPDATE notes SET body = 'mine'")
        .execute(&mut db.scope(db.a()))
        .unwrap();
    theirs.assert_unchanged();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| ours.assert_unchanged()));
    let text = *panic.unwrap_err().downcast::<String>().unwrap();
    assert!(
        text.ends_with("- notes (1999999901,1,hello)\n+ notes (1999999901,1,mine)"),
        "{text}"
    );
}

#[test]
fn made_up_tenants_have_the_type_of_the_id() {
    static TEXT: Fixture<String> = Fixture::new(&TEXT_REGISTRY, notes);
    let db = TEXT.database();
    assert_eq!([db.a(), db.b()], ["probe-a", "probe-b"]);
    assert_isolated!(db);
}

/// Ids that begin with `m`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, TenantId)]
#[tenant_id(validate = merchant)]
struct Merchant(String);

#[allow(clippy::ptr_arg, reason = "the wrapped type is a String")]
fn merchant(text: &String) -> Result<(), InvalidTenantId> {
    match text.starts_with('m') {
        true => Ok(()),
        false => Err(InvalidTenantId::Blank),
    }
}

#[test]
#[should_panic(expected = "name two tenants with `Fixture::tenants(|| [.., ..])`")]
fn ids_that_cannot_be_made_up_have_to_be_named() {
    static MERCHANTS: Fixture<Merchant> = Fixture::new(&TEXT_REGISTRY, notes);
    drop(MERCHANTS.database());
}

#[test]
fn named_tenants_are_taken_as_they_are() {
    static MERCHANTS: Fixture<Merchant> = Fixture::new(&TEXT_REGISTRY, notes)
        .tenants(|| ["m1", "m2"].map(|id| Merchant(id.to_owned())));
    let db = MERCHANTS.database();
    assert_eq!(db.rows_of(db.b()), ["notes (m2,1,hello)"]);
    assert_isolated!(db);
}
