use diesel::connection::SimpleConnection;
use tenancy_diesel::encryption::operations::{
    EncryptPlaintext, OperationError, Plain, PlaintextReport, Problem,
};
use tenancy_diesel::encryption::{DerivedKeys, Encrypted, RootKey, RowBound, RowId};
use tenancy_diesel::prelude::*;
use tenancy_tests::{A, B};

use crate::schema::{REGISTRY, people};
use crate::world::{MODES, World, small};

fn emails() -> EncryptPlaintext<'static, String> {
    EncryptPlaintext::new(&REGISTRY, "people", "plain_email", "email")
        .blind_index(people::email_index)
        .limits(small())
}

fn job<T: Plain>(plaintext: &str, sealed: &str) -> EncryptPlaintext<'static, T> {
    EncryptPlaintext::new(&REGISTRY, "people", plaintext, sealed).limits(small())
}

fn problems(report: &PlaintextReport) -> Vec<(String, Problem)> {
    let entries = report.ledger().entries().iter();
    entries
        .map(|entry| (entry.key.to_string(), entry.problem))
        .collect()
}

#[test]
fn texts_are_sealed_verified_and_found_by_their_blind_index() {
    for mode in MODES {
        let world = World::new();
        world.people(10);
        let b = world.stored(B);
        let report = world.encrypt(mode, emails()).unwrap();
        assert!(report.is_complete(), "{report}");
        assert_eq!((report.tally().done, report.equal()), (8, 8));
        let rows: Vec<(Option<String>, Option<Encrypted<String>>)> = people::table
            .select((people::plain_email, people::email))
            .load(&mut world.scope(A))
            .unwrap();
        assert_eq!(rows.len(), 10);
        for (plaintext, sealed) in rows {
            assert_eq!(plaintext, sealed.map(Encrypted::into_inner));
        }
        assert_eq!(world.found_by_email("person-5@A.example "), ["person 5"]);
        assert_eq!(world.stored(B), b);
    }
}

#[test]
fn numbers_and_bytes_are_sealed_as_such() {
    for mode in MODES {
        let world = World::new();
        world.people(5);
        let pins = world.encrypt(mode, job::<i32>("plain_pin", "pin")).unwrap();
        let photos = world
            .encrypt(mode, job::<Vec<u8>>("plain_photo", "photo"))
            .unwrap();
        assert!(
            pins.is_complete() && photos.is_complete(),
            "{pins} {photos}"
        );
        type Row = (
            Option<i32>,
            Option<Encrypted<i32>>,
            Option<Vec<u8>>,
            Option<Encrypted<Vec<u8>>>,
        );
        let rows: Vec<Row> = people::table
            .select((
                people::plain_pin,
                people::pin,
                people::plain_photo,
                people::photo,
            ))
            .load(&mut world.scope(A))
            .unwrap();
        for (plain_pin, pin, plain_photo, photo) in rows {
            assert_eq!(plain_pin, pin.map(Encrypted::into_inner));
            assert_eq!(plain_photo, photo.map(Encrypted::into_inner));
        }
    }
}

#[test]
fn a_dry_run_writes_nothing() {
    for mode in MODES {
        let world = World::new();
        world.people(6);
        let stored = world.stored(A);
        let report = world.encrypt(mode, emails().dry_run()).unwrap();
        assert_eq!(report.tally().done, 5);
        assert_eq!(report.unsealed(), 5);
        assert!(
            !report.is_complete() && report.ledger().is_empty(),
            "{report}"
        );
        assert_eq!(world.stored(A), stored);
    }
}

#[test]
fn a_second_run_overwrites_nothing() {
    for mode in MODES {
        let world = World::new();
        world.people(6);
        assert!(world.encrypt(mode, emails()).unwrap().is_complete());
        let stored = world.stored(A);
        let report = world.encrypt(mode, emails()).unwrap();
        assert!(report.is_complete());
        assert_eq!((report.tally().done, report.equal()), (0, 5));
        assert_eq!(world.stored(A), stored);
    }
}

#[test]
fn writers_of_one_column_alone_are_found() {
    for mode in MODES {
        let world = World::new();
        world.people(6);
        assert!(world.encrypt(mode, emails()).unwrap().is_complete());
        // One writes the plaintext alone, one the sealed value alone, one clears the plaintext alone.
        let a = A.0;
        world.execute(&format!(
            "UPDATE people SET plain_email = 'new' WHERE tenant_id = '{a}' AND name = 'person 0';
             UPDATE people SET plain_email = NULL WHERE tenant_id = '{a}' AND name = 'person 2';"
        ));
        world.write_email("person 1", "other@a.example");
        let stored = world.stored(A);
        let report = world.encrypt(mode, emails()).unwrap();
        let differs = |name: &str| (format!("name = {name}"), Problem::Differs);
        assert_eq!(
            problems(&report),
            [
                differs("person 0"),
                differs("person 1"),
                differs("person 2")
            ]
        );
        assert!(!report.is_complete());
        assert_eq!(world.stored(A), stored);
    }
}

#[test]
fn a_blind_index_that_is_not_the_values_is_found() {
    let world = World::new();
    world.people(2);
    assert!(world.encrypt(MODES[0], emails()).unwrap().is_complete());
    world.execute("UPDATE people SET email_index = sha256('x') WHERE name = 'person 1'");
    let report = world.encrypt(MODES[0], emails()).unwrap();
    assert_eq!(
        problems(&report),
        [("name = person 1".to_owned(), Problem::Differs)]
    );
}

#[test]
fn a_row_that_somebody_holds_is_passed_by_and_listed() {
    for mode in MODES {
        let world = World::new();
        world.people(5);
        let mut holder = world.superuser();
        holder
            .batch_execute("BEGIN; SELECT FROM people WHERE name = 'person 1' FOR UPDATE")
            .unwrap();
        let report = world.encrypt(mode, emails()).unwrap();
        assert_eq!(
            problems(&report),
            [("name = person 1".to_owned(), Problem::NotSealed)]
        );
        assert_eq!(report.unsealed(), 1);
        holder.batch_execute("COMMIT").unwrap();
        assert!(world.encrypt(mode, emails()).unwrap().is_complete());
    }
}

#[test]
fn values_may_be_bound_to_their_rows() {
    for mode in MODES {
        let world = World::new();
        world.people(4);
        let bound = || {
            job::<i32>("plain_pin", "pin").row_bound(|key| {
                let name = key.get("name")?;
                (name != "person 3").then(|| RowId::new(name))
            })
        };
        let report = world.encrypt(mode, bound()).unwrap();
        assert_eq!(report.tally().done, 3);
        assert_eq!(
            problems(&report),
            [("name = person 3".to_owned(), Problem::NotSealed)]
        );
        let stored: RowBound<i32> = people::table
            .find("person 1")
            .select(people::pin.assume_not_null())
            .first(&mut world.scope(A))
            .unwrap();
        assert_eq!(stored.open(&RowId::new("person 1")), Ok(-2));
    }
}

#[test]
fn a_trigger_that_changes_what_is_written_is_found_and_the_page_rolled_back() {
    for mode in MODES {
        let world = World::new();
        world.people(3);
        world.execute(
            "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                 NEW.photo := set_byte(NEW.photo, 70, get_byte(NEW.photo, 70) # 1); RETURN NEW;
             END $$;
             CREATE TRIGGER spoil BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION spoil();",
        );
        let stored = world.stored(A);
        let error = world
            .encrypt(mode, job::<Vec<u8>>("plain_photo", "photo"))
            .unwrap_err();
        assert!(
            matches!(error, OperationError::Unverified { table: "people" }),
            "{error}"
        );
        assert_eq!(world.stored(A), stored);
    }
}

#[test]
fn columns_that_do_not_fit_are_refused() {
    let world = World::new();
    world.people(1);
    let refused = |error: OperationError| error.to_string();
    let mode = MODES[0];
    let error = world
        .encrypt(mode, job::<i32>("plain_email", "email"))
        .unwrap_err();
    assert!(
        matches!(error, OperationError::TypeMismatch { .. }),
        "{}",
        refused(error)
    );
    let error = world
        .encrypt(mode, job::<Vec<u8>>("photo", "photo"))
        .unwrap_err();
    assert!(
        matches!(error, OperationError::AlreadyEncrypted { .. }),
        "{}",
        refused(error)
    );
    let error = world
        .encrypt(mode, job::<String>("plain_email", "plain_email"))
        .unwrap_err();
    assert!(
        matches!(error, OperationError::NotEncrypted { .. }),
        "{}",
        refused(error)
    );
    let error = world
        .encrypt(mode, job::<String>("elsewhere", "email"))
        .unwrap_err();
    assert!(
        matches!(error, OperationError::NoColumn { .. }),
        "{}",
        refused(error)
    );
}

#[test]
fn the_plaintext_column_is_dropped_when_no_row_of_any_tenant_needs_it() {
    let world = World::new();
    world.people(3);
    assert!(world.encrypt(MODES[0], emails()).unwrap().is_complete());
    let sql = emails().drop_sql().unwrap();
    // Tenant B has not been done.
    let error = world.superuser().batch_execute(&sql).unwrap_err();
    assert!(error.to_string().contains("no sealed value"), "{error}");
    let mut b = world.scope_without_keys(B);
    assert!(
        emails()
            .run_blocking(&mut b, &world.keyring)
            .unwrap()
            .is_complete()
    );
    world.superuser().batch_execute(&sql).unwrap();
    let left = world.texts(
        "SELECT attname::text AS text FROM pg_attribute \
         WHERE attrelid = 'people'::regclass AND attname = 'plain_email'",
    );
    assert!(left.is_empty());
}

#[test]
fn who_does_not_see_all_rows_does_not_drop_the_column() {
    let world = World::new();
    world.people(3);
    world.execute(&format!("ALTER TABLE people OWNER TO {}", world.app()));
    let mut app = PgConnection::establish(&world.url()).unwrap();
    let error = app
        .batch_execute(&emails().drop_sql().unwrap())
        .unwrap_err();
    assert!(error.to_string().contains("row-level security"), "{error}");
}

#[test]
fn derived_keys_seal_as_well_and_only_for_their_tenant() {
    let world = World::new();
    world.people(3);
    let derived = DerivedKeys::new_blocking("tests", RootKey::generate().unwrap()).unwrap();
    let (a, b) = (derived.tenant(&A).unwrap(), derived.tenant(&B).unwrap());
    let mut scope = world.scope_without_keys(A);
    let error = emails().run_blocking(&mut scope, &b).unwrap_err();
    assert!(matches!(error, OperationError::OtherTenant), "{error}");
    assert!(emails().run_blocking(&mut scope, &a).unwrap().is_complete());
    let sealed: Option<Encrypted<String>> = people::table
        .find("person 1")
        .select(people::email)
        .first(&mut scope.with_keys(a).unwrap())
        .unwrap();
    assert_eq!(sealed.unwrap().expose(), "Person-1@a.Example");
}
