//! The connection is lost while COMMIT is on its way. The transaction may have been committed, so it is
//! not run again.

use std::sync::atomic::{AtomicU32, Ordering};

use diesel::prelude::*;
use diesel::result::Error;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use tenancy_diesel::{ScopeError, Scoped, insert_into};
use tenancy_tests::database::Shop;
use tenancy_tests::schema::projects;
use tenancy_tests::{A, OrgId};

use crate::world::{at_commit, at_once, lose_the_answer_to_commit, number_of, shop};

/// How the commit is lost.
enum Lost {
    /// The session is ended by an administrator in the middle of COMMIT.
    InTheMiddle,
    /// The answer does not arrive.
    Afterwards,
}

fn url(shop: &Shop, lost: &Lost) -> String {
    match lost {
        Lost::InTheMiddle => {
            at_commit(shop, "PERFORM pg_terminate_backend(pg_backend_pid());");
            shop.url()
        }
        Lost::Afterwards => {
            let server = shop.server().socket_addr().unwrap();
            let proxy = lose_the_answer_to_commit(server);
            let proxied =
                tenancy_testing::proxy::WireProxy::start(proxy, std::time::Duration::ZERO);
            // The proxy for counting rewrites the URL; it stays for as long as the test does.
            let proxied = Box::leak(Box::new(proxied.unwrap()));
            proxied.url(&shop.url()).unwrap()
        }
    }
}

fn is_unknown(error: &Error) -> bool {
    ScopeError::of(error) == Some(&ScopeError::OutcomeUnknown)
}

#[test]
fn a_lost_commit_is_an_unknown_outcome_and_is_not_run_again() {
    for (lost, committed) in [(Lost::InTheMiddle, 0), (Lost::Afterwards, 1)] {
        let shop = shop();
        let conn = PgConnection::establish(&url(&shop, &lost)).unwrap();
        let mut conn: Scoped<_, OrgId> = Scoped::open(conn, A).unwrap();
        let mut runs = 0;
        let result = conn.build_transaction().retry(at_once(), |conn| {
            runs += 1;
            insert_into(projects::table)
                .values((projects::id.eq(80), projects::name.eq("once")))
                .execute(conn)
        });
        let error = result.unwrap_err();
        assert!(is_unknown(&error) && runs == 1, "{error:?}, {runs}");
        assert_eq!(number_of(&shop, 80), committed);
        let after = projects::table.count().get_result::<i64>(&mut conn);
        assert!(
            matches!(after, Err(Error::BrokenTransactionManager)),
            "{after:?}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_commit_is_an_unknown_outcome_on_asynchronous_connections_too() {
    for (lost, committed) in [(Lost::InTheMiddle, 0), (Lost::Afterwards, 1)] {
        let shop = shop();
        let conn = AsyncPgConnection::establish(&url(&shop, &lost))
            .await
            .unwrap();
        let mut conn: Scoped<_, OrgId> = Scoped::open(conn, A).unwrap();
        let runs = AtomicU32::new(0);
        let result = conn
            .build_transaction()
            .retry(at_once(), async |conn| {
                runs.fetch_add(1, Ordering::Relaxed);
                let insert = insert_into(projects::table)
                    .values((projects::id.eq(80), projects::name.eq("once")));
                diesel_async::RunQueryDsl::execute(insert, conn).await
            })
            .await;
        let error = result.unwrap_err();
        assert!(is_unknown(&error), "{error:?}");
        assert_eq!(runs.load(Ordering::Relaxed), 1);
        assert_eq!(number_of(&shop, 80), committed);
    }
}
