use std::cell::Cell;
use std::sync::Barrier;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use tenancy_diesel::{Retry, ScopeError, insert_into, update};
use tenancy_tests::A;
use tenancy_tests::schema::{Scoped, projects};

use crate::world::{at_commit, at_once, change_elsewhere, country, number_of, shop};

fn rename(conn: &mut Scoped<PgConnection>, id: i32, country: &str) -> QueryResult<usize> {
    let country = projects::country.eq(country.to_owned());
    update(projects::table.find(id)).set(country).execute(conn)
}

fn insert(conn: &mut Scoped<PgConnection>, id: i32) -> QueryResult<usize> {
    insert_into(projects::table)
        .values((projects::id.eq(id), projects::name.eq(format!("new {id}"))))
        .execute(conn)
}

fn count(conn: &mut Scoped<PgConnection>) -> QueryResult<i64> {
    projects::table.count().get_result(conn)
}

#[test]
fn a_serialization_failure_is_run_again_in_a_fresh_transaction() {
    let shop = shop();
    let conn = &mut shop.scope(A);
    let mut runs = 0;
    let seen = conn
        .build_transaction()
        .repeatable_read()
        .retry(at_once(), |conn| {
            runs += 1;
            let before: Option<String> = projects::table
                .find(1)
                .select(projects::country)
                .first(conn)?;
            if runs == 1 {
                change_elsewhere(&shop, 1);
            }
            rename(conn, 1, "fr")?;
            QueryResult::Ok(before)
        });
    // The second run saw what the other one had written.
    assert_eq!((seen, runs), (Ok(Some("xx".to_owned())), 2));
    assert_eq!(country(&shop, 1).as_deref(), Some("fr"));
    assert_eq!(count(conn), Ok(3));
}

/// The control: the same conflict without a retry is an error.
#[test]
fn without_retry_the_conflict_is_the_callers() {
    let shop = shop();
    let conn = &mut shop.scope(A);
    let result = conn.build_transaction().repeatable_read().run(|conn| {
        count(conn)?;
        change_elsewhere(&shop, 1);
        rename(conn, 1, "fr")
    });
    let kind = DatabaseErrorKind::SerializationFailure;
    assert!(
        matches!(result, Err(Error::DatabaseError(found, _)) if found == kind),
        "{result:?}"
    );
}

#[test]
fn a_conflict_that_stays_is_returned_after_the_last_attempt() {
    let shop = shop();
    let conn = &mut shop.scope(A);
    for attempts in [0, 1, 3] {
        let mut runs = 0;
        let retry = at_once().attempts(attempts);
        let result = conn
            .build_transaction()
            .repeatable_read()
            .retry(retry, |conn| {
                runs += 1;
                count(conn)?;
                change_elsewhere(&shop, 1);
                rename(conn, 1, "fr")
            });
        let kind = DatabaseErrorKind::SerializationFailure;
        assert!(matches!(result, Err(Error::DatabaseError(found, _)) if found == kind));
        assert_eq!(runs, attempts.max(1));
    }
    assert_eq!(count(conn), Ok(3));
}

#[test]
fn two_transactions_that_deadlock_both_succeed() {
    let shop = shop();
    let met = Barrier::new(2);
    let runs: Vec<u32> = std::thread::scope(|threads| {
        let handles: Vec<_> = [(1, 2), (2, 1)]
            .into_iter()
            .map(|(first, second)| {
                let (shop, met) = (&shop, &met);
                threads.spawn(move || {
                    let conn = &mut shop.scope(A);
                    let mut runs = 0;
                    let result = conn.build_transaction().retry(at_once(), |conn| {
                        runs += 1;
                        rename(conn, first, "de")?;
                        if runs == 1 {
                            met.wait();
                        }
                        rename(conn, second, "fr")
                    });
                    assert_eq!(result, Ok(1));
                    runs
                })
            })
            .collect();
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap())
            .collect()
    });
    // One of the two gave way, and was run again.
    assert_eq!(runs.iter().sum::<u32>(), 3, "{runs:?}");
}

#[test]
fn what_is_no_conflict_is_not_run_again() {
    let shop = shop();
    let conn = &mut shop.scope(A);
    let runs = Cell::new(0);
    let twice = conn.build_transaction().retry(at_once(), |conn| {
        runs.set(runs.get() + 1);
        insert(conn, 1)
    });
    let kind = DatabaseErrorKind::UniqueViolation;
    assert!(matches!(twice, Err(Error::DatabaseError(found, _)) if found == kind));
    let given_up: QueryResult<()> = conn.build_transaction().retry(at_once(), |_| {
        runs.set(runs.get() + 1);
        Err(Error::RollbackTransaction)
    });
    assert_eq!(given_up, Err(Error::RollbackTransaction));
    let swallowed = conn.build_transaction().retry(at_once(), |conn| {
        runs.set(runs.get() + 1);
        let _ = insert(conn, 1);
        QueryResult::Ok(())
    });
    assert_eq!(
        ScopeError::of(&swallowed.unwrap_err()),
        Some(&ScopeError::RolledBack)
    );
    assert_eq!(runs.get(), 3);
    let inside = conn.transaction(|conn| conn.build_transaction().retry(Retry::new(), count));
    assert_eq!(inside, Err(Error::AlreadyInTransaction));
}

#[test]
fn a_conflict_at_commit_is_run_again() {
    let shop = shop();
    at_commit(
        &shop,
        "IF nth = 1 THEN RAISE EXCEPTION 'not now' USING ERRCODE = '40001'; END IF;",
    );
    let conn = &mut shop.scope(A);
    let mut runs = 0;
    let inserted = conn.build_transaction().retry(at_once(), |conn| {
        runs += 1;
        insert(conn, 70)
    });
    assert_eq!((inserted, runs), (Ok(1), 2));
    assert_eq!(number_of(&shop, 70), 1);
}

/// An error of COMMIT that is not the session's end is an answer: nothing was committed.
#[test]
fn another_error_at_commit_is_returned_as_it_is() {
    let shop = shop();
    at_commit(&shop, "RAISE EXCEPTION 'never';");
    let conn = &mut shop.scope(A);
    let mut runs = 0;
    let refused = conn.build_transaction().retry(at_once(), |conn| {
        runs += 1;
        insert(conn, 70)
    });
    match refused {
        Err(Error::DatabaseError(_, info)) => assert_eq!((info.message(), runs), ("never", 1)),
        other => panic!("{other:?}"),
    }
    assert_eq!(number_of(&shop, 70), 0);
    assert_eq!(count(conn), Ok(3));
}

#[derive(Debug)]
enum AppError {
    Query(Error),
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        AppError::Query(error)
    }
}

impl tenancy_diesel::StatementError for AppError {
    fn statement_error(&self) -> Option<&Error> {
        let AppError::Query(error) = self;
        Some(error)
    }
}

#[test]
fn an_error_of_the_application_tells_of_the_statement() {
    let shop = shop();
    let conn = &mut shop.scope(A);
    let mut runs = 0;
    let result: Result<usize, AppError> =
        conn.build_transaction()
            .repeatable_read()
            .retry(at_once(), |conn| {
                runs += 1;
                count(conn)?;
                if runs == 1 {
                    change_elsewhere(&shop, 1);
                }
                Ok(rename(conn, 1, "fr")?)
            });
    assert_eq!((result.unwrap(), runs), (1, 2));
}
